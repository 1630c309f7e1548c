package org.stagedpipe.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.CancelGroupOrder;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Security;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

@Timeout(20)
class MembershipTest {

    private static final Hello HELLO = Hello.newBuilder().setName("w1").build();
    private static final Endpoint ANY = new Endpoint("127.0.0.1", 0);

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private Supplier<Heartbeat> heartbeat = Heartbeat::getDefaultInstance;

    private final Orders orders =
            new Orders() {
                @Override
                public void welcome(Welcome welcome) {
                    told.add("welcome " + welcome.getEpoch());
                }

                @Override
                public void plan(WorkerPlan plan) {
                    told.add("plan " + plan.getRevision());
                    if (plan.getRevision() == 13) {
                        throw new IllegalStateException("bug");
                    }
                }

                @Override
                public void view(ClusterView view) {
                    told.add("view " + view.getRevision());
                    if (view.getRevision() == 13) {
                        throw new OutOfMemoryError("test");
                    }
                }

                @Override
                public void cancel(CancelGroupOrder order) {
                    told.add("cancel " + order.getReason());
                }

                @Override
                public void lost(String why) {
                    told.add("lost " + why);
                }
            };

    @Test
    void joinsReportsAndObeys() throws Exception {
        heartbeat = () -> Heartbeat.newBuilder().setLoad(Load.newBuilder().setGroups(3)).build();
        try (TestOverseer overseer = new TestOverseer(ANY, 7);
                Membership membership = member(overseer.endpoint())) {
            membership.open();
            assertEquals("w1", overseer.next(NodeReport.MessageCase.HELLO).getHello().getName());
            assertEquals("welcome 7", told.take());
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        3,
                        overseer.next(NodeReport.MessageCase.HEARTBEAT)
                                .getHeartbeat()
                                .getLoad()
                                .getGroups());
            }
            Exchange<NodeOrder, NodeReport> member = overseer.members.take();
            member.send(plan(1));
            member.send(
                    NodeOrder.newBuilder()
                            .setClusterView(ClusterView.newBuilder().setRevision(2))
                            .build());
            member.send(
                    NodeOrder.newBuilder()
                            .setCancelGroup(CancelGroupOrder.newBuilder().setReason("enough"))
                            .build());
            member.send(NodeOrder.getDefaultInstance()); // of a later version
            assertEquals("plan 1", told.take());
            assertEquals("view 2", told.take());
            assertEquals("cancel enough", told.take());

            membership.applied(Applied.newBuilder().setRevision(1).build());
            assertEquals(
                    1, overseer.next(NodeReport.MessageCase.APPLIED).getApplied().getRevision());
        }
    }

    @Test
    void saysGoodbyeAndLeavesInGoodOrder() throws Exception {
        String end = goodbye();
        for (int i = 0; i < 2 && !end.equals("complete"); i++) { // it is patient for a second only
            end = goodbye();
        }
        assertEquals("complete", end);
    }

    /// How the stream ends.
    private String goodbye() throws Exception {
        try (TestOverseer overseer = new TestOverseer(ANY, 1)) {
            Membership membership = member(overseer.endpoint());
            membership.open();
            assertEquals("welcome 1", told.take());
            membership.goodbye("stop");
            membership.close();
            membership.close(); // has no effect

            assertEquals(
                    "stop", overseer.next(NodeReport.MessageCase.GOODBYE).getGoodbye().getReason());
            assertEquals(null, told.poll());
            return overseer.ends.take();
        }
    }

    @Test
    void comesBackAfterTheOverseerWasClosedAndOpenedAgain() throws Exception {
        Endpoint endpoint;
        TestOverseer first = new TestOverseer(ANY, 7);
        endpoint = first.endpoint();
        try (Membership membership = member(endpoint)) {
            membership.open();
            assertEquals("welcome 7", told.take());
            first.close();
            assertLost(endpoint + ": ");
            membership.applied(Applied.getDefaultInstance()); // is lost, and nothing breaks

            try (TestOverseer second = new TestOverseer(endpoint, 8)) {
                assertEquals(7, second.next(NodeReport.MessageCase.HELLO).getHello().getEpoch());
                assertEquals("welcome 8", nextButLost());
                assertNotNull(second.next(NodeReport.MessageCase.HEARTBEAT));
            }
        }
    }

    @Test
    void tellsTheNextOverseerWhatItDidLast() throws Exception {
        TestOverseer first = new TestOverseer(ANY, 7);
        Endpoint endpoint = first.endpoint();
        try (Membership membership = member(endpoint)) {
            membership.open();
            assertEquals("welcome 7", told.take());
            membership.applied(Applied.newBuilder().setRevision(3).build());
            first.close();

            try (TestOverseer second = new TestOverseer(endpoint, 8)) {
                assertNotNull(second.next(NodeReport.MessageCase.HELLO));
                assertEquals( // before it has ordered anything
                        3, second.next(NodeReport.MessageCase.APPLIED).getApplied().getRevision());
            }
        }
    }

    @Test
    void tellsTheNextOverseerThatTheNodeStops() throws Exception {
        TestOverseer first = new TestOverseer(ANY, 7);
        Endpoint endpoint = first.endpoint();
        try (Membership membership = member(endpoint)) {
            membership.open();
            assertEquals("welcome 7", told.take());
            first.close();
            assertLost(endpoint + ": ");
            membership.goodbye("stop"); // to nobody

            try (TestOverseer second = new TestOverseer(endpoint, 8)) {
                assertNotNull(second.next(NodeReport.MessageCase.HELLO));
                assertEquals(
                        "stop",
                        second.next(NodeReport.MessageCase.GOODBYE).getGoodbye().getReason());
            }
        }
    }

    @Test
    void refusesALowerEpoch() throws Exception {
        TestOverseer first = new TestOverseer(ANY, 7);
        Endpoint endpoint = first.endpoint();
        try (Membership membership = member(endpoint)) {
            membership.open();
            assertEquals("welcome 7", told.take());
            first.close();
            try (TestOverseer stale = new TestOverseer(endpoint, 6)) {
                Exchange<NodeOrder, NodeReport> member = stale.members.take();
                assertThrows(
                        CallException.class,
                        () -> {
                            while (true) {
                                member.send(plan(1));
                            }
                        });
            }
            try (TestOverseer third = new TestOverseer(endpoint, 7)) {
                assertNotNull(third.next(NodeReport.MessageCase.HELLO));
                String refused = endpoint + ": overseer of epoch 6 (expected: 7 or higher)";
                boolean wasRefused = false;
                String next = told.take();
                while (next.startsWith("lost ")) {
                    wasRefused |= next.equals("lost " + refused);
                    next = told.take();
                }
                assertTrue(wasRefused);
                assertEquals("welcome 7", next); // and no plan of the stale one
            }
        }
    }

    @Test
    void triesTheOverseersInTurn() throws Exception {
        try (Socket reserved = new Socket()) { // which nobody else gets, and which does not listen
            reserved.bind(new InetSocketAddress(ANY.host(), 0));
            Endpoint nobody = new Endpoint(ANY.host(), reserved.getLocalPort());
            try (TestOverseer overseer = new TestOverseer(ANY, 1);
                    Membership membership = member(nobody, overseer.endpoint())) {
                membership.open();

                assertLost(nobody + ": ");
                assertEquals("welcome 1", nextButLost());
            }
        }
    }

    @Test
    void comesBackWhenAnOrderMeetsABug() throws Exception {
        try (TestOverseer overseer = new TestOverseer(ANY, 1);
                Membership membership = member(overseer.endpoint())) {
            membership.open();
            assertEquals("welcome 1", told.take());
            overseer.members.take().send(plan(13));
            assertEquals("plan 13", told.take());
            assertLost(overseer.endpoint() + ": internal error: ");

            assertEquals("welcome 1", told.take());
            overseer.members.take().send(plan(14));
            assertEquals("plan 14", told.take());
        }
    }

    @Test
    void comesBackWhenAnOrderMeetsAnError() throws Exception {
        try (TestOverseer overseer = new TestOverseer(ANY, 1);
                Membership membership = member(overseer.endpoint())) {
            membership.open();
            assertEquals("welcome 1", told.take());
            overseer.members
                    .take()
                    .send(
                            NodeOrder.newBuilder()
                                    .setClusterView(ClusterView.newBuilder().setRevision(13))
                                    .build());
            assertEquals("view 13", told.take());
            assertLost(overseer.endpoint() + ": internal error: ");

            assertEquals("welcome 1", told.take());
        }
    }

    @Test
    void beatsOnWhenAHeartbeatMeetsABug() throws Exception {
        heartbeat =
                () -> {
                    throw new IllegalStateException("bug");
                };
        try (TestOverseer overseer = new TestOverseer(ANY, 1);
                Membership membership = member(overseer.endpoint())) {
            membership.open();

            for (int i = 0; i < 3; i++) {
                assertEquals(
                        Heartbeat.getDefaultInstance(),
                        overseer.next(NodeReport.MessageCase.HEARTBEAT).getHeartbeat());
            }
        }
    }

    @Test
    @SuppressWarnings("NullAway") // none can be sent of it
    void beatsOnWhenAHeartbeatIsNotSent() throws Exception {
        AtomicInteger beats = new AtomicInteger();
        heartbeat = () -> beats.getAndIncrement() == 0 ? null : Heartbeat.getDefaultInstance();
        try (TestOverseer overseer = new TestOverseer(ANY, 1);
                Membership membership = member(overseer.endpoint())) {
            membership.open();
            assertNotNull(overseer.next(NodeReport.MessageCase.HEARTBEAT));
        }
    }

    @Test
    void closesWhileNobodyWelcomesIt() throws Exception {
        try (TestOverseer silent = new TestOverseer(ANY, -1)) {
            Membership membership = member(silent.endpoint());
            membership.open();
            assertNotNull(silent.members.take());
            membership.close();

            assertNotNull(silent.ends.take());
            assertEquals(null, told.poll());
        }
    }

    @Test
    void closesBeforeItWasOpened() {
        Membership membership = member(ANY);
        membership.close();
        assertEquals(null, told.poll());
    }

    @Test
    void tellsTheSameLossOnce() throws Exception {
        TestOverseer first = new TestOverseer(ANY, 7);
        Endpoint endpoint = first.endpoint();
        try (Membership membership = member(endpoint)) {
            membership.open();
            assertEquals("welcome 7", told.take());
            first.close();
            try (TestOverseer stale = new TestOverseer(endpoint, 6)) {
                for (int attempt = 0; attempt < 4; attempt++) {
                    assertNotNull(stale.members.take());
                }
            }
            String refused = endpoint + ": overseer of epoch 6 (expected: 7 or higher)";
            assertEquals(1, told.stream().filter(("lost " + refused)::equals).count());
        }
    }

    @Test
    void refusesToBeginWithoutAnOverseer() {
        assertEquals(
                "overseers: none (expected: at least one host:port)",
                assertThrows(IllegalArgumentException.class, this::member).getMessage());
    }

    @Test
    void refusesAnOlderOverseerAlsoAfterARestart(@TempDir Path folder) throws Exception {
        try (TestOverseer newer = new TestOverseer(ANY, 7);
                Membership membership = member(Overseers.in(folder, List.of(newer.endpoint())))) {
            membership.open();
            assertEquals("welcome 7", told.take());
        }
        try (TestOverseer older = new TestOverseer(ANY, 6);
                Membership again = member(Overseers.in(folder, List.of(older.endpoint())))) {
            again.open();
            assertLost(older.endpoint() + ": overseer of epoch 6 (expected: 7 or higher)");
        }
    }

    @Test
    void refusesAnOlderCatalogueAlsoAfterARestart(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("overseers");
        try (TestOverseer newer = new TestOverseer(ANY, 7, 3);
                Membership membership = member(Overseers.in(folder, List.of(newer.endpoint())))) {
            membership.open();
            assertEquals("welcome 7", told.take());
            Exchange<NodeOrder, NodeReport> stream = newer.members.take();
            stream.send(TestOverseer.welcomed(7, 5)); // the catalogue has changed
            stream.send(plan(1));
            assertEquals("plan 1", told.take());
            assertEquals("7 5", Files.readAllLines(file).getFirst()); // before it obeyed

            stream.send(TestOverseer.welcomed(7, 4));
            try {
                stream.send(plan(2));
            } catch (CallException e) {
                // it has left already
            }
            assertLost(newer.endpoint() + ": " + olderCatalogue(4, file));
        }
        told.clear();
        try (TestOverseer restored = new TestOverseer(ANY, 7, 4);
                Membership again = member(Overseers.in(folder, List.of(restored.endpoint())))) {
            again.open();
            assertEquals(5, restored.next(NodeReport.MessageCase.HELLO).getHello().getCatalogue());
            assertLost(restored.endpoint() + ": " + olderCatalogue(4, file));
        }
        told.clear();
        try (TestOverseer unnamed = new TestOverseer(ANY, 8);
                Membership again = member(Overseers.in(folder, List.of(unnamed.endpoint())))) {
            again.open();
            assertLost(unnamed.endpoint() + ": " + olderCatalogue(0, file));
        }
        told.clear();
        Files.delete(file); // what an operator does who restored an old store on purpose
        try (TestOverseer restored = new TestOverseer(ANY, 7, 4);
                Membership again = member(Overseers.in(folder, List.of(restored.endpoint())))) {
            again.open();
            assertEquals("welcome 7", told.take());
        }
    }

    @Test
    void obeysTheSameCatalogueAndALaterOne(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("overseers");
        Files.writeString(file, "7\n"); // of a time when no catalogue was kept
        for (long catalogue : new long[] {5, 5, 6}) {
            try (TestOverseer overseer = new TestOverseer(ANY, 7, catalogue);
                    Membership membership =
                            member(Overseers.in(folder, List.of(overseer.endpoint())))) {
                membership.open();
                assertEquals("welcome 7", told.take());
            }
            told.clear();
            assertEquals("7 " + catalogue, Files.readAllLines(file).getFirst());
        }
    }

    @Test
    void saysWhoMadeTheCatalogueThatItKnows(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("overseers");
        long origin = 0xfedc_ba98_7654_3210L;
        try (TestOverseer overseer = new TestOverseer(ANY, 7, 5);
                Membership membership =
                        member(Overseers.in(folder, List.of(overseer.endpoint())))) {
            membership.open();
            assertEquals("welcome 7", told.take());
            Exchange<NodeOrder, NodeReport> stream = overseer.members.take();
            NodeOrder.Builder welcome = TestOverseer.welcomed(7, 5).toBuilder();
            welcome.getWelcomeBuilder().setCatalogueOrigin(origin);
            stream.send(welcome.build());
            stream.send(plan(1));
            assertEquals("plan 1", told.take());
            assertEquals("7 5 fedcba9876543210", Files.readAllLines(file).getFirst());

            stream.send(TestOverseer.welcomed(7, 5)); // of an overseer that does not know it
            stream.send(plan(2));
            assertEquals("plan 2", told.take());
        }
        told.clear();
        try (TestOverseer overseer = new TestOverseer(ANY, 7, 6);
                Membership again = member(Overseers.in(folder, List.of(overseer.endpoint())))) {
            again.open();
            Hello hello = overseer.next(NodeReport.MessageCase.HELLO).getHello();
            assertEquals(5, hello.getCatalogue());
            assertEquals(origin, hello.getCatalogueOrigin());
            assertEquals("welcome 7", told.take());
            assertEquals("7 6", Files.readAllLines(file).getFirst());
        }
    }

    @Test
    void beginsAnewIfWhatItKeptNeverReachedTheDisk(@TempDir Path folder) throws Exception {
        Files.createFile(folder.resolve("overseers"));
        try (TestOverseer overseer = new TestOverseer(ANY, 7);
                Membership membership =
                        member(Overseers.in(folder, List.of(overseer.endpoint())))) {
            membership.open();
            assertEquals("welcome 7", told.take());
        }
        assertEquals("7 0", Files.readAllLines(folder.resolve("overseers")).getFirst());
    }

    /// Half of what it kept would let it obey an older overseer. A process that ended while it wrote leaves that beside the file only.
    @Test
    void refusesWhatItKeptIfThatIsHalfWritten(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("overseers");
        List<Endpoint> anywhere = List.of(ANY);
        for (String half : List.of("1", "12 3", "12 34 fedc", "12 34 fedc\nlocalhost:94")) {
            Files.writeString(file, half);
            String refusal =
                    String.valueOf(
                            assertThrows(
                                            IllegalStateException.class,
                                            () -> Overseers.in(folder, anywhere))
                                    .getMessage());
            assertTrue(
                    refusal.startsWith(file + ": ") && refusal.contains("cut off"),
                    half + ": " + refusal);
        }
        Files.writeString(file, "12 34\n");
        Files.writeString(folder.resolve("overseers.new"), "13 3");
        try (TestOverseer older = new TestOverseer(ANY, 11, 34);
                Membership membership = member(Overseers.in(folder, List.of(older.endpoint())))) {
            membership.open();
            assertLost(older.endpoint() + ": overseer of epoch 11 (expected: 12 or higher)");
        }
    }

    @Test
    void refusesAnOrderOfAnOlderEpoch() throws Exception {
        try (TestOverseer overseer = new TestOverseer(ANY, 7);
                Membership membership = member(overseer.endpoint())) {
            membership.open();
            assertEquals("welcome 7", told.take());
            Exchange<NodeOrder, NodeReport> stream = overseer.members.take();
            stream.send(plan(1).toBuilder().setEpoch(7).build());
            assertEquals("plan 1", told.take());
            stream.send(plan(2).toBuilder().setEpoch(6).build());
            assertLost(overseer.endpoint() + ": an order of epoch 6 (expected: 7 or higher)");
        }
    }

    @Test
    void leavesAnOverseerThatStopsAnsweringForOneThatItLearnedOf() throws Exception {
        try (TestOverseer frozen = new TestOverseer(ANY, 7);
                TestOverseer next = new TestOverseer(ANY, 8);
                Membership membership = member(frozen.endpoint())) {
            membership.open();
            assertEquals("welcome 7", told.take());
            frozen.members
                    .take()
                    .send(
                            NodeOrder.newBuilder()
                                    .setWelcome(
                                            Welcome.newBuilder()
                                                    .setEpoch(7)
                                                    .setHeartbeatMs(10)
                                                    .setLeaseMs(90)
                                                    .addOverseers(next.endpoint().toString()))
                                    .build());
            String now = nextButLost();
            while ("welcome 7".equals(now)) { // once more, if the next one was too busy to answer
                now = nextButLost();
            }
            assertEquals("welcome 8", now);
        }
    }

    /// It has more to read than is read ahead, and the end behind that, when it says what it has done.
    @Test
    void comesBackFromAStreamThatEndedBeforeItSaidWhatItDid() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<@Nullable Membership> self = new AtomicReference<>();
        Orders slow =
                new Orders() {
                    @Override
                    public void welcome(Welcome welcome) {
                        told.add("welcome " + welcome.getEpoch());
                    }

                    @Override
                    public void view(ClusterView view) {
                        try {
                            ended.await();
                            Thread.sleep(200); // what was sent has come then
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        requireNonNull(self.get())
                                .applied(
                                        Applied.newBuilder()
                                                .setRevision(view.getRevision())
                                                .build());
                    }
                };
        try (TestOverseer overseer = new TestOverseer(ANY, 7);
                Membership membership =
                        new Membership(
                                HELLO,
                                Overseers.of(List.of(overseer.endpoint())),
                                Security.loopbackOnly(),
                                () -> heartbeat.get(),
                                slow)) {
            self.set(membership);
            membership.open();
            assertEquals("welcome 7", told.take());
            Exchange<NodeOrder, NodeReport> member = overseer.members.take();
            member.send(
                    NodeOrder.newBuilder()
                            .setWelcome(
                                    Welcome.newBuilder()
                                            .setEpoch(7)
                                            .setHeartbeatMs(10)
                                            .setLeaseMs(600))
                            .build());
            for (int revision = 1; revision <= 20; revision++) {
                member.send(
                        NodeOrder.newBuilder()
                                .setClusterView(ClusterView.newBuilder().setRevision(revision))
                                .build());
            }
            member.close();
            ended.countDown();
            assertEquals("welcome 7", told.poll(10, TimeUnit.SECONDS));
        }
    }

    private Membership member(Endpoint... overseers) {
        return member(Overseers.of(List.of(overseers)));
    }

    private Membership member(Overseers overseers) {
        return new Membership(
                HELLO, overseers, Security.loopbackOnly(), () -> heartbeat.get(), orders);
    }

    private static String olderCatalogue(long theirs, Path file) {
        return "overseer with catalogue "
                + theirs
                + " (expected: 5 or higher; if the store is an old one on purpose: without "
                + file
                + ")";
    }

    private void assertLost(String start) throws InterruptedException {
        String next = told.take();
        assertTrue(next.startsWith("lost " + start), next);
    }

    private @Nullable String nextButLost() throws InterruptedException {
        String next = told.take();
        while (next.startsWith("lost ")) {
            next = told.take();
        }
        return next;
    }

    private static NodeOrder plan(long revision) {
        return NodeOrder.newBuilder()
                .setWorkerPlan(WorkerPlan.newBuilder().setRevision(revision))
                .build();
    }
}
