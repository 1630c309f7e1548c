package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.DecideRolloutRequest.Decision;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;

/// `rollout`: new versions on their way.
@Command(name = "rollout", description = "shows and decides how new versions come to the groups")
public final class RolloutCommands {

    private RolloutCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context) {
        return new CommandLine(new RolloutCommands())
                .addSubcommand(new ListRollouts(context))
                .addSubcommand(new Status(context))
                .addSubcommand("pause", decision(context, Decision.PAUSE))
                .addSubcommand("resume", decision(context, Decision.RESUME))
                .addSubcommand("abort", decision(context, Decision.ABORT))
                .addSubcommand("approve", decision(context, Decision.APPROVE));
    }

    private static CommandLine decision(ConsoleContext context, Decision decision) {
        CommandLine command = new CommandLine(new Decide(context, decision));
        command.getCommandSpec()
                .usageMessage()
                .description(
                        switch (decision) {
                            case PAUSE -> "holds a canary without judging it";
                            case RESUME -> "judges a paused canary again";
                            case ABORT -> "gives new groups the old version only";
                            default ->
                                    "goes on to the next step once its workers are ready, and"
                                            + " after the last to all new groups";
                        });
        return command;
    }

    private static void print(ConsoleContext context, RolloutEntry rollout) {
        RolloutView view = RolloutView.of(rollout);
        if (context.isJson()) {
            context.printJson(view);
        } else {
            context.print(view.line() + "\n");
        }
    }

    @Command(name = "list", description = "lists the rollouts, newest first")
    private record ListRollouts(ConsoleContext context) implements Callable<Integer> {

        @Override
        public Integer call() throws CallException, InterruptedException {
            List<RolloutView> rollouts;
            try (AdminClient admin = context.connect()) {
                rollouts = admin.rollouts().stream().map(RolloutView::of).toList();
            }
            if (context.isJson()) {
                context.printJson(rollouts);
                return ExitCode.OK;
            }
            Table table =
                    new Table(
                            "ID", "PLUGIN", "FROM", "TO", "STATE", "STEP", "STARTED", "BY", "TEXT");
            for (RolloutView rollout : rollouts) {
                table.row(
                        rollout.id(),
                        rollout.plugin(),
                        Values.orEmpty(rollout.from()),
                        rollout.to(),
                        rollout.state(),
                        rollout.percent() == 0 ? "" : rollout.step() + "/" + rollout.steps(),
                        Values.orEmpty(rollout.started()),
                        rollout.operator(),
                        rollout.waitsFor() == null
                                ? rollout.text()
                                : rollout.text() + "; waits for " + rollout.waitsFor());
            }
            context.print(table.text(context.isColored()));
            return ExitCode.OK;
        }
    }

    @Command(name = "status", description = "shows how a rollout goes")
    private static final class Status implements Callable<Integer> {

        private final ConsoleContext context;

        @Parameters(paramLabel = Labels.ROLLOUT, description = "the rollout's ID")
        private String id = "";

        @Option(names = "--watch", description = "until it has ended; 6 if it was rolled back")
        private boolean watch;

        Status(ConsoleContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            boolean isLines = watch && context.isJson();
            ProgressView progress = isLines ? new RolloutLines(context) : new ProgressView(context);
            try (LastingOverseer overseer = new LastingOverseer(context, progress)) {
                if (isLines) {
                    lines(overseer, progress);
                } else {
                    print(
                            context,
                            watch
                                    ? RolloutWatch.await(overseer, progress, id)
                                    : RolloutWatch.find(overseer.admin(), id));
                }
                return ExitCode.OK;
            } finally {
                progress.end(); // before a failure is told
            }
        }

        /// The last one also if it was rolled back.
        private void lines(LastingOverseer overseer, ProgressView progress)
                throws CallException, InterruptedException {
            try {
                progress.rollout(RolloutWatch.await(overseer, progress, id));
            } catch (RolledBackException e) {
                progress.rollout(overseer.ask(admin -> RolloutWatch.find(admin, id)));
                throw e;
            }
        }
    }

    @Command
    private static final class Decide implements Callable<Integer> {

        private final ConsoleContext context;
        private final Decision decision;

        @Parameters(paramLabel = Labels.ROLLOUT, description = "the rollout's ID")
        private String id = "";

        Decide(ConsoleContext context, Decision decision) {
            this.context = context;
            this.decision = decision;
        }

        @Override
        public Integer call() throws CallException, InterruptedException {
            try (AdminClient admin = context.connect()) {
                print(context, decide(admin));
            }
            return ExitCode.OK;
        }

        private RolloutEntry decide(AdminClient admin) throws CallException, InterruptedException {
            try {
                return admin.decide(id, decision);
            } catch (CallException e) {
                if (e.kind() == Kind.NOT_FOUND) {
                    RolloutWatch.find(admin, id); // says what was probably meant
                }
                throw e;
            }
        }
    }
}
