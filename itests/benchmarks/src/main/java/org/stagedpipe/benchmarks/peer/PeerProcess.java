package org.stagedpipe.benchmarks.peer;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/// One peer in a JVM of its own: `jet` or `flink`. For each line of standard input, a number of items, it runs the job and
/// prints `done ITEMS/S CPU-µs/ITEM`. It ends with its input.
public final class PeerProcess {

    private PeerProcess() {}

    /// The command.
    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err); // what the peer prints must not be taken for ours
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Peer peer = arguments[0].equals("jet") ? new JetPeer() : new FlinkPeer()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(run(peer, Long.parseLong(line)));
                out.flush();
            }
        }
        System.exit(0); // both leave threads behind
    }

    private static String run(Peer peer, long items) throws Exception {
        long cpu = cpuNanos();
        Job.DONE.reset();
        Duration took = peer.run(items);
        if (Job.DONE.sum() != items) {
            throw new IllegalStateException(Job.DONE + " items done (expected: " + items + ")");
        }
        return String.format(
                Locale.ROOT,
                "done %.0f %.3f",
                items * 1e9 / took.toNanos(),
                (cpuNanos() - cpu) / 1e3 / items);
    }

    private static long cpuNanos() {
        var system =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime();
    }
}
