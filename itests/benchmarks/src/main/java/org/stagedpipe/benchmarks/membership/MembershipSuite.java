package org.stagedpipe.benchmarks.membership;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;
import org.stagedpipe.benchmarks.dataplane.ClusterSide;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.Arrays;

/// One overseer, 100 coordinators and 10 to 5,000 workers that this process plays: how long an assignment takes, how soon
/// all coordinators know of a change, what the overseer needs for it.
public final class MembershipSuite implements Suite {

    private static final int[] WORKERS = {10, 100, 1_000, 5_000};
    private static final int COORDINATORS = 100;
    private static final int WARM_UPS = 5_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final double ASSIGNED_WITHIN_MS = 1;
    private static final double KNOWN_WITHIN_MS = 1_000;
    private static final double LEAST_CPU = 0.001;
    private static final double NANOS_A_MS = 1e6;
    private static final double BYTES_A_MIB = 1 << 20;

    @Override
    public String name() {
        return "membership";
    }

    @Override
    public void run(Report report) throws Exception {
        for (int workers : WORKERS) {
            String title = workers + " workers";
            if (report.wants(title)) {
                try (ClusterSide cluster = ClusterSide.overseer()) {
                    new Round(report, cluster, workers, title).run();
                }
            }
        }
    }

    private record Round(Report report, ClusterSide cluster, int workers, String title) {

        void run() throws Exception {
            double emptyMib = cluster.residentBytes() / BYTES_A_MIB;
            double emptyCpu = cpu();
            Endpoint overseer = Endpoint.parse(cluster.address());
            report.progress(title + ": joining");
            long from = System.nanoTime();
            try (Crowd crowd = new Crowd(overseer, workers, COORDINATORS)) {
                crowd.join();
                report.progress(
                        title + ": joined in " + (System.nanoTime() - from) / NANOS_A_MS + " ms");
                assign(overseer);
                change(crowd);
                double cpu = cpu();
                crowd.check();
                add("CPU of the overseer, empty", "cores", cpu, Math.max(emptyCpu, LEAST_CPU));
                add(
                        "memory of the overseer, empty",
                        "MiB",
                        cluster.residentBytes() / BYTES_A_MIB,
                        emptyMib);
            }
        }

        /// In turns with a call that the overseer answers without a look at anything: the health service's, by generated stubs.
        private void assign(Endpoint overseer) throws Exception {
            int count = report.isQuick() ? 2_000 : 20_000;
            long[] assigned = new long[count];
            long[] checked = new long[count];
            AssignRequest any = AssignRequest.getDefaultInstance();
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress(overseer.host(), overseer.port())
                            .usePlaintext()
                            .build();
            try (Connection connection = Connection.to(overseer, Security.loopbackOnly())) {
                HealthGrpc.HealthBlockingV2Stub health = HealthGrpc.newBlockingV2Stub(channel);
                for (int i = -WARM_UPS; i < count; i++) {
                    long from = System.nanoTime();
                    connection.call(Rpcs.ASSIGN_COORDINATOR, any, TIMEOUT);
                    long between = System.nanoTime();
                    health.withDeadlineAfter(TIMEOUT)
                            .check(HealthCheckRequest.getDefaultInstance());
                    if (i >= 0) {
                        assigned[i] = between - from;
                        checked[i] = System.nanoTime() - between;
                    }
                }
            } finally {
                channel.shutdownNow();
            }
            report.progress(title + ": p50 of an assignment " + at(assigned, 0.5) + " ms");
            double p99 = at(assigned, 0.99);
            goal("p99 of an assignment, 1 ms", p99, ASSIGNED_WITHIN_MS);
            add("p99 of an assignment, empty call", "ms", p99, at(checked, 0.99));
        }

        private void change(Crowd crowd) throws Exception {
            int rounds = report.isQuick() ? 10 : 50;
            long[] nanos = new long[2 * rounds];
            for (int i = 0; i < rounds; i++) {
                long[] took = crowd.change();
                nanos[2 * i] = took[0];
                nanos[2 * i + 1] = took[1];
            }
            report.progress(title + ": p50 of a change " + at(nanos, 0.5) + " ms");
            goal("until all know of a change, slowest, 1 s", at(nanos, 1), KNOWN_WITHIN_MS);
        }

        /// Of the overseer while nothing happens, in cores.
        private double cpu() throws Exception {
            Duration pause = Duration.ofSeconds(report.isQuick() ? 3 : 10);
            Duration before = cluster.cpu();
            long from = System.nanoTime();
            Thread.sleep(pause);
            double used = cluster.cpu().minus(before).toNanos();
            return used / (System.nanoTime() - from);
        }

        private void goal(String what, double ours, double bound) {
            report.add(new Figure(title + ": " + what, "ms", ours, bound, Goal.atMost(1)));
        }

        private void add(String what, String unit, double ours, double empty) {
            report.add(new Figure(title + ": " + what, unit, ours, empty, Goal.none()));
        }

        private static double at(long[] nanos, double share) {
            long[] sorted = nanos.clone();
            Arrays.sort(sorted);
            return sorted[(int) Math.ceil(share * sorted.length) - 1] / NANOS_A_MS;
        }
    }
}
