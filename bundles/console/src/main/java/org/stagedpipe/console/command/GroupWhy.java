package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.GroupWaits;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/// `group why`: looks at a group twice, some seconds apart, and says what held it back meanwhile.
@Command(
        name = "why",
        description = "says what limits a group: its client, memory, a stage, workers")
final class GroupWhy implements Callable<Integer> {

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private final ConsoleContext context;

    @Parameters(paramLabel = Labels.GROUP, description = "the first digits of its ID suffice")
    private String id = "";

    @Option(
            names = "--over",
            paramLabel = "DURATION",
            defaultValue = "2s",
            converter = DurationConverter.OrZero.class,
            description = "how long to look at it; 0s: its whole life (default: 2s)")
    private Duration over = Duration.ZERO;

    GroupWhy(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, InterruptedException {
        Why why;
        try (AdminClient admin = context.connect()) {
            GroupEntry now = GroupId.find(id, admin.groups());
            why = over.isZero() ? life(admin, now) : since(admin, now);
        }
        if (context.isJson()) {
            context.printJson(why);
        } else {
            context.print(Values.plain(why.sentence()) + "\n");
            context.print(figures(why).text(context.isColored()));
        }
        return ExitCode.OK;
    }

    private static Why life(AdminClient admin, GroupEntry now)
            throws CallException, InterruptedException {
        return Why.of(
                GroupSummary.getDefaultInstance(), now.getSummary(), List.of(), admin.nodes());
    }

    /// What held it back once so much of its life has passed as was asked for, or its coordinator is silent. From when it was opened
    /// again, if it was meanwhile: its counts begin anew then.
    private Why since(AdminClient admin, GroupEntry first)
            throws CallException, InterruptedException {
        String all = GroupId.text(first.getSummary().getGroup());
        GroupEntry before = first;
        List<NodeEntry> earlier = admin.nodes();
        long end = System.nanoTime() + over.plus(SILENCE).toNanos();
        while (true) {
            GroupEntry now = GroupId.find(all, admin.groups());
            if (!isSameOpening(before, now)) {
                context.note(
                        "group "
                                + all
                                + " went on, on coordinator "
                                + now.getCoordinator()
                                + "; it is looked at since then");
                before = now;
                earlier = admin.nodes();
            }
            long passed = sum(now.getSummary().getWaits()) - sum(before.getSummary().getWaits());
            if (passed >= over.toMillis() || System.nanoTime() > end) {
                return Why.of(before.getSummary(), now.getSummary(), earlier, admin.nodes());
            }
            Thread.sleep(LOOK);
        }
    }

    private static boolean isSameOpening(GroupEntry before, GroupEntry now) {
        return before.getCoordinator().equals(now.getCoordinator())
                && before.getSummary().getOpenedMs() == now.getSummary().getOpenedMs();
    }

    private static long sum(GroupWaits waits) {
        return waits.getClientSends()
                + waits.getClientReads()
                + waits.getCoordinatorMemory()
                + waits.getWorkers()
                + waits.getNoWorker();
    }

    private static Table figures(Why why) {
        Table table =
                new Table("LIMIT", why.limit())
                        .row("looked at", Values.decimal(why.overMs() / 1e3) + " s")
                        .row("items per second", Math.round(why.itemsPerSecond()))
                        .row("client sends", why.waits().clientSends() + " %")
                        .row("client reads", why.waits().clientReads() + " %")
                        .row("coordinator memory", why.waits().coordinatorMemory() + " %")
                        .row("workers", why.waits().workers() + " %")
                        .row("no worker", why.waits().noWorker() + " %");
        for (Why.WorkerFigures worker : why.workers()) {
            table.row(
                    worker.name(),
                    worker.running()
                            + " of "
                            + worker.pipelines()
                            + " pipelines, "
                            + Values.decimal(worker.coresBusy())
                            + " of "
                            + worker.cores()
                            + " cores"
                            + (worker.budgetBytes() == 0
                                    ? ""
                                    : ", "
                                            + Values.bytes(worker.reservedBytes())
                                            + " of "
                                            + Values.bytes(worker.budgetBytes()))
                            + (worker.stage().isEmpty()
                                    ? ""
                                    : ", most in stage " + worker.stage()));
        }
        return table;
    }
}
