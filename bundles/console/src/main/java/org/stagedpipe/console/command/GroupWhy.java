package org.stagedpipe.console.command;

import com.google.protobuf.ByteString;

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
import java.util.Optional;
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
            why = over.isZero() ? life(now, admin.nodes()) : since(admin, now);
        }
        if (context.isJson()) {
            context.printJson(why);
        } else {
            context.print(Values.plain(why.sentence()) + "\n");
            context.print(figures(why).text(context.isColored()));
        }
        return ExitCode.OK;
    }

    private static Why life(GroupEntry now, List<NodeEntry> nodes) {
        return Why.of(GroupSummary.getDefaultInstance(), now.getSummary(), List.of(), nodes);
    }

    /// What held it back once so much of its life has passed as was asked for, its coordinator is silent, or it is not open any
    /// more; its client may go on with it elsewhere some seconds later. From when it was opened again, if it was meanwhile: its
    /// counts begin anew then.
    private Why since(AdminClient admin, GroupEntry first)
            throws CallException, InterruptedException {
        ByteString group = first.getSummary().getGroup();
        GroupEntry before = first;
        GroupEntry last = first;
        List<NodeEntry> earlier = admin.nodes();
        long seen = System.nanoTime();
        long end = seen + over.plus(SILENCE).toNanos();
        while (true) {
            Optional<GroupEntry> now = GroupId.latest(group, admin.groups());
            if (now.isPresent()) {
                last = now.get();
                seen = System.nanoTime();
                if (!isSameOpening(before, last)) {
                    String coordinator = last.getCoordinator();
                    note(
                            group,
                            "went on, on coordinator "
                                    + coordinator
                                    + "; it is looked at since then");
                    before = last;
                    earlier = admin.nodes();
                    end = seen + over.plus(SILENCE).toNanos();
                }
            }
            long passed = passedMs(last) - passedMs(before);
            long time = System.nanoTime();
            if (passed >= over.toMillis() || time - end > 0 || time - seen > SILENCE.toNanos()) {
                if (now.isEmpty()) {
                    note(group, "is not open any more; it was looked at until then");
                }
                return now.isEmpty() && passed == 0 // nothing is known of the time between
                        ? life(last, admin.nodes())
                        : Why.of(before.getSummary(), last.getSummary(), earlier, admin.nodes());
            }
            Thread.sleep(LOOK);
        }
    }

    private void note(ByteString group, String what) {
        context.note("group " + GroupId.text(group) + " " + what);
    }

    private static boolean isSameOpening(GroupEntry one, GroupEntry other) {
        return one.getCoordinator().equals(other.getCoordinator())
                && one.getSummary().getOpenedMs() == other.getSummary().getOpenedMs();
    }

    /// Of its life that its coordinator has counted.
    private static long passedMs(GroupEntry group) {
        GroupWaits waits = group.getSummary().getWaits();
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
                            + " items at once, "
                            + Values.decimal(worker.coresBusy())
                            + " of "
                            + worker.cores()
                            + " cores ("
                            + Values.decimal(worker.machineCoresBusy())
                            + " by all of its machine)"
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
