package org.stagedpipe.runtime.cluster;

import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.UsageException;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/// `cluster`: nodes as processes of this machine.
@Command(name = "cluster", description = "runs a cluster of processes on this machine")
public final class ClusterCommands {

    private ClusterCommands() {}

    /// The command with those below it.
    public static CommandLine create(ConsoleContext context, Home home) {
        return new CommandLine(new ClusterCommands())
                .addSubcommand(new Up(context, home))
                .addSubcommand(new Status(context, home))
                .addSubcommand(new Down(context, home));
    }

    /// The folder of the local cluster: of that which `cluster up` started until `cluster down`, and without one of that of a demo,
    /// as long as it runs.
    public static Path folder(Home home) throws IOException {
        Path cluster = up(home);
        Path demo = demo(home);
        boolean isDemo =
                new ClusterFile(cluster).members().isEmpty() && new ClusterFile(demo).isRunning();
        return isDemo ? demo : cluster;
    }

    /// The folder of that of a demo.
    public static Path demo(Home home) {
        return home.data().resolve("demo");
    }

    private static Path up(Home home) {
        return home.data().resolve("cluster");
    }

    /// To be asked before a demo that is kept: of two local clusters, commands would take the other one.
    ///
    /// @throws ClusterException if there is one that `cluster up` started
    public static void refuseTwo(Home home) throws IOException {
        Path cluster = up(home);
        if (!new ClusterFile(cluster).members().isEmpty()) {
            throw new ClusterException(
                    "there is a cluster in "
                            + cluster
                            + " (expected: none beside a demo that is kept; stagedpipe cluster down"
                            + " stops it)");
        }
    }

    /// Prints who is in a cluster.
    public static void print(ConsoleContext context, List<Member> members) {
        Status.print(context, members);
    }

    @Command(
            name = "up",
            description = {
                "starts a cluster, waits until it is ready",
                "",
                "Its nodes have their data and logs in data/cluster of the folder STAGEDPIPE_BASE"
                        + " (of the distribution, if that is not set), and read data/cluster/conf"
                        + " there."
            })
    static final class Up implements Callable<Integer> {

        private final ConsoleContext context;
        private final Home home;

        @Option(names = "--overseers", defaultValue = "1", description = "how many: 1 or 3 (1)")
        private int overseers = 1;

        @Option(names = "--coordinators", defaultValue = "1", description = "how many (1)")
        private int coordinators = 1;

        @Option(names = "--workers", defaultValue = "2", description = "how many (2)")
        private int workers = 2;

        Up(ConsoleContext context, Home home) {
            this.context = context;
            this.home = home;
        }

        @Override
        public Integer call() throws IOException, CallException, InterruptedException {
            if ((overseers != 1 && overseers != 3)
                    || coordinators < 0
                    || workers < 0
                    || workers + coordinators > 64) {
                throw new UsageException(
                        "--overseers %d --coordinators %d --workers %d (expected: 1 or 3 overseers, 0 to 64 others)"
                                .formatted(overseers, coordinators, workers));
            }
            LocalCluster.found(home, demo(home)).refuseRunning();
            LocalCluster cluster = LocalCluster.begin(home, up(home));
            try (StopAtExit stop = new StopAtExit(cluster)) {
                new Startup(cluster, overseers, coordinators, workers).run(context::note);
                stop.keep();
            }
            tell(context, cluster.members());
            return ExitCode.OK;
        }

        static void tell(ConsoleContext context, List<Member> members) {
            Status.print(context, members);
            context.note(
                    "use it: --overseer "
                            + overseers(members)
                            + " (the default until cluster down)");
        }

        private static String overseers(List<Member> members) {
            return members.stream()
                    .filter(member -> member.role().equals("overseer"))
                    .map(Member::address)
                    .collect(Collectors.joining(","));
        }
    }

    /// A member as programs see it.
    record View(
            String role, String name, long pid, boolean running, Map<String, String> addresses) {

        static View of(Member member) {
            return new View(
                    member.role(),
                    member.name(),
                    member.pid(),
                    member.process().isPresent(),
                    member.addresses());
        }
    }

    @Command(name = "status", description = "shows the processes of the cluster")
    private record Status(ConsoleContext context, Home home) implements Callable<Integer> {

        @Override
        public Integer call() throws IOException {
            List<Member> members = new ClusterFile(folder(home)).members();
            print(context, members);
            boolean all = members.stream().allMatch(member -> member.process().isPresent());
            return !members.isEmpty() && all ? ExitCode.OK : ExitCode.FAILED;
        }

        static void print(ConsoleContext context, List<Member> members) {
            if (context.isJson()) {
                context.printJson(members.stream().map(View::of).toList());
                return;
            }
            if (members.isEmpty()) {
                context.print("no cluster runs\n");
            }
            for (Member member : members) {
                List<String> served = new ArrayList<>();
                member.addresses()
                        .forEach((what, where) ->
                                served.add(
                                        what.equals(member.role()) ? where : what + " " + where));
                context.print(
                        "%-12s %-10s pid %-8d %s%n"
                                .formatted(
                                        member.role(),
                                        member.name(),
                                        member.pid(),
                                        member.process().isPresent()
                                                ? String.join(", ", served)
                                                : "has ended"));
            }
        }
    }

    @Command(name = "down", description = "stops the processes that cluster up started")
    private record Down(ConsoleContext context, Home home) implements Callable<Integer> {

        @Override
        public Integer call() throws IOException, InterruptedException {
            int stopped = LocalCluster.found(home, folder(home)).stop();
            if (context.isJson()) {
                context.printJson(Map.of("stopped", stopped));
            } else {
                context.print(
                        stopped == 0 ? "no cluster runs\n" : "stopped " + stopped + " processes\n");
            }
            return ExitCode.OK;
        }
    }
}
