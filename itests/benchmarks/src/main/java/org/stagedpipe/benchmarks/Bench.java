package org.stagedpipe.benchmarks;

import org.stagedpipe.benchmarks.controlplane.ControlPlaneSuite;
import org.stagedpipe.benchmarks.dataplane.DataPlaneSuite;
import org.stagedpipe.benchmarks.dataplane.PeerSuite;
import org.stagedpipe.benchmarks.dataplane.ScalingSuite;
import org.stagedpipe.benchmarks.engine.EngineSuite;
import org.stagedpipe.benchmarks.engine.SoakSuite;
import org.stagedpipe.benchmarks.membership.MembershipSuite;
import org.stagedpipe.benchmarks.node.NodeSuite;

import java.nio.file.Path;
import java.util.List;

/// Runs one suite: `itests/bench SUITE [--quick] [--only TEXT]`. Exits 0 if all goals are met, 1 if one is missed or
/// something could not be measured, 2 if the command is not understood.
public final class Bench {

    /// All there are. A new suite is added here.
    private static final List<Suite> SUITES =
            List.of(
                    new EngineSuite(),
                    new SoakSuite(),
                    new DataPlaneSuite(),
                    new ScalingSuite(),
                    new PeerSuite(),
                    new ControlPlaneSuite(),
                    new MembershipSuite(),
                    new NodeSuite());

    private Bench() {}

    /// The command.
    public static void main(String[] arguments) throws Exception {
        Options options;
        Suite suite;
        try {
            options = Options.parse(List.of(arguments));
            suite = find(options.suite());
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.println(Options.USAGE);
            System.exit(2);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(Bench::endProcesses));
        System.exit(run(suite, options) ? 0 : 1);
    }

    /// Whoever stops a suite in the middle leaves none of its nodes behind.
    private static void endProcesses() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    private static Suite find(String name) {
        List<String> names = SUITES.stream().map(Suite::name).toList();
        int index = names.indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "suite: " + name + " (expected: one of " + String.join(", ", names) + ")");
        }
        return SUITES.get(index);
    }

    private static boolean run(Suite suite, Options options) throws Exception {
        Report report = new Report(suite.name(), options, System.out, System.err);
        report.printHead();
        suite.run(report);
        if (report.isEmpty()) {
            System.err.println("bench: no figure's name contains \"" + options.only() + '"');
            return false;
        }
        Path folder = Path.of(System.getProperty("stagedpipe.bench.target", "target/bench"));
        System.err.println("bench: " + report.write(folder));
        return !report.isMissed();
    }
}
