package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.stagedpipe.coordinator.group.Environment;
import org.stagedpipe.coordinator.group.GroupStream;
import org.stagedpipe.coordinator.group.Limits;
import org.stagedpipe.coordinator.group.Links;
import org.stagedpipe.coordinator.group.NodeWindow;
import org.stagedpipe.coordinator.group.Refusals;
import org.stagedpipe.coordinator.group.Spool;
import org.stagedpipe.coordinator.group.Streams;
import org.stagedpipe.coordinator.letter.LetterBounds;
import org.stagedpipe.coordinator.letter.Letters;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Peer;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.StreamWindows;
import org.stagedpipe.transport.node.Unread;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Which groups a node takes, and from whom.
final class GroupsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int MIB = 1 << 20;
    private static final ByteString FIRST = ByteString.copyFrom(new byte[16]);
    private static final ByteString THIRD_ID = ByteString.copyFromUtf8("fedcba9876543210");
    private static final ByteString SECOND_ID = ByteString.copyFromUtf8("0123456789abcdef");

    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    private final Links links = new Links("c1", Security.loopbackOnly(), new StreamWindows(MIB, 0));
    private final Environment environment =
            new Environment(
                    "c1",
                    new Limits(64, MIB, MIB, MIB, 64, HOUR, SECOND, SECOND, SECOND, SECOND),
                    new NodeWindow(MIB),
                    new Spool(Path.of("target", "unused"), MIB, MIB),
                    new Letters(
                            Path.of("target", "unused"),
                            new LetterBounds(1, MIB, MIB, SECOND),
                            Clock.systemUTC(),
                            System::nanoTime),
                    links,
                    new Streams(100),
                    Runnable::run,
                    timers,
                    () -> 0,
                    new LongAdder(),
                    new Refusals());
    private final AtomicLong nanos = new AtomicLong();
    private final Principals principals = principals(10, 30);
    private final Groups groups = groups(10, principals);

    @AfterEach
    void close() {
        links.close();
        timers.shutdownNow();
    }

    @Test
    void takesConfigurationsAsLongAsTheHeapBearsThem() throws Exception {
        GroupStream first = add(FIRST, 1, MIB - 9);
        GroupStream small = add(SECOND_ID, 1, 9);

        CallException busy = refuse(THIRD_ID, 1, 1);
        assertEquals(Kind.BUSY, busy.kind());
        assertEquals(
                "configurations: 1048577 bytes with that of a group more on coordinator c1"
                        + " (expected: at most 1048576)",
                busy.getMessage());
        GroupStream again = add(FIRST, 2, MIB - 9); // the older one has not ended yet
        assertEquals(Kind.BUSY, refuse(FIRST, 3, MIB).kind());
        groups.remove(SECOND_ID, small);
        assertEquals(Kind.BUSY, refuse(THIRD_ID, 1, 1).kind());
        groups.remove(FIRST, first);
        groups.remove(FIRST, first); // has no effect
        GroupStream third = add(THIRD_ID, 1, 9);
        assertEquals(Kind.BUSY, refuse(SECOND_ID, 2, 1).kind());

        groups.remove(FIRST, again);
        groups.remove(THIRD_ID, third);
        add(FIRST, 3, 2 * MIB); // alone it is taken in any case
    }

    @Test
    void onlyItsOwnerAndOperatorsGoOnWithAGroup() throws Exception {
        add(FIRST, 1, "client/ann");

        CallException refused =
                assertThrows(CallException.class, () -> add(FIRST, 2, "client/bob"));
        assertEquals(Kind.NOT_PERMITTED, refused.kind());
        assertEquals(
                "group 00000000000000000000000000000000 is not client/bob's (expected: who opened"
                        + " it)",
                refused.getMessage());
        add(FIRST, 3, "client/ann");
        add(FIRST, 4, "operator/eve");
        refused = assertThrows(CallException.class, () -> add(FIRST, 5, "client/bob"));
        assertEquals(Kind.NOT_PERMITTED, refused.kind());
        add(FIRST, 6, "client/ann"); // it is still hers
        add(SECOND_ID, 1, "client/bob");
    }

    @Test
    void aPrincipalHasItsPartOfTheGroups() throws Exception {
        add(id(1), 1, "client/ann");
        add(id(2), 1, "client/ann");
        add(id(3), 1, "client/ann");
        nanos.addAndGet(10_000_000_000L);
        CallException busy = assertThrows(CallException.class, () -> add(id(4), 1, "client/ann"));
        assertEquals(Kind.BUSY, busy.kind());
        assertEquals(
                "groups: 3 of client/ann are open on coordinator c1 (expected: fewer than 3)",
                busy.getMessage());
        add(id(3), 2, "client/ann"); // it goes on with one
        add(id(4), 1, "client/bob");
        add(id(3), 3, "operator/eve"); // takes it from her
        add(id(5), 1, "client/ann");
        for (int i = 6; i < 11; i++) {
            add(id(i), 1, 0); // nobody's, up to the node's limit
        }
        assertEquals(Kind.BUSY, refuse(id(11), 1, 0).kind());
    }

    @Test
    void aPrincipalHasItsPartOfTheStreams() throws Exception {
        Groups node = groups(100, principals(100, 8)); // of 100 streams
        Peer ann = named("client/ann");
        Peer bob = named("client/bob");
        add(node, id(1), 1, ann); // four streams, one of which was awaited
        GroupStream second = add(node, id(2), 1, ann);
        CallException busy = assertThrows(CallException.class, () -> add(node, id(3), 1, ann));
        assertEquals(Kind.BUSY, busy.kind());
        assertEquals(
                "groups: 3 of client/ann with 11 streams on coordinator c1 (expected: at most 8"
                        + " streams)",
                busy.getMessage());
        add(node, id(3), 1, bob);
        node.open(new Client(bob));
        node.open(new Client(bob)); // they count as well
        assertThrows(CallException.class, () -> add(node, id(4), 1, bob));
        assertEquals(14, environment.streams().open());
        node.remove(id(2), second);
        node.remove(id(2), second); // has no effect
        assertEquals(10, environment.streams().open());
        add(node, id(4), 1, ann);
        assertThrows(CallException.class, () -> add(node, id(5), 1, ann));
        add(node, id(1), 2, named("operator/eve")); // takes it from her
        add(node, id(5), 1, ann);
    }

    @Test
    void aPrincipalHasItsPartOfTheConfigurations() throws Exception {
        GroupStream first = add(id(1), 1, MIB / 4, named("client/ann"));
        CallException busy =
                assertThrows(
                        CallException.class, () -> add(id(2), 1, MIB / 4, named("client/ann")));
        assertEquals(Kind.BUSY, busy.kind());
        assertEquals(
                "configurations: 524288 bytes of client/ann with that of a group more on"
                        + " coordinator c1 (expected: at most 314572)",
                busy.getMessage());
        add(id(2), 1, MIB / 4, named("client/bob"));
        add(id(1), 2, MIB / 4, named("client/ann")); // in place of the first
        groups.remove(id(1), first);
        assertThrows(CallException.class, () -> add(id(3), 1, MIB / 4, named("client/ann")));
        add(id(1), 3, 0, named("operator/eve"));
        assertThrows(CallException.class, () -> add(id(3), 1, MIB / 4, named("client/ann")));
    }

    @Test
    void oneAloneGoesOnWithAConfigurationLargerThanAPart() throws Exception {
        add(id(1), 1, MIB / 2, named("client/ann"));
        add(id(1), 2, MIB / 2, named("client/ann"));
    }

    @Test
    void aPrincipalOpensAtItsPace() throws Exception {
        for (int i = 0; i < 3; i++) {
            groups.remove(FIRST, add(FIRST, 1, 0, named("client/ann")));
        }
        CallException busy = assertThrows(CallException.class, () -> add(FIRST, 1, "client/ann"));
        assertEquals(Kind.BUSY, busy.kind());
        assertEquals(
                "opens: coordinator c1 has had too many of client/ann lately (expected: after a"
                        + " pause up to 3 at once, then 2 a second)",
                busy.getMessage());
        add(SECOND_ID, 1, "client/bob");
        nanos.addAndGet(499_000_000);
        assertThrows(CallException.class, () -> add(FIRST, 1, "client/ann"));
        nanos.addAndGet(1_000_000);
        add(FIRST, 1, "client/ann");
        assertThrows(CallException.class, () -> add(FIRST, 2, "client/ann"));
    }

    @Test
    void aPrincipalHasItsPartOfTheStreamsWithoutAMessage() {
        for (int i = 0; i < 3; i++) {
            groups.open(new Client(named("client/ann")));
        }
        Client fourth = new Client(named("client/ann"));
        Receiver<GroupRequest> refused = groups.open(fourth);
        assertEquals(
                "streams: 4 of client/ann without a first message on coordinator c1 (expected: at"
                        + " most 3)",
                fourth.failure);
        Client bob = new Client(named("client/bob"));
        groups.open(bob).onFailure(new CallException(Kind.CANCELLED, "he left"));
        refused.onComplete(); // has no effect
        Client fifth = new Client(named("client/ann"));
        groups.open(fifth);
        assertEquals(fourth.failure, fifth.failure, "the fourth is gone, three are still there");
    }

    @Test
    void forgetsPrincipalsThatDoNothing() throws Exception {
        groups.remove(FIRST, add(FIRST, 1, 0, named("client/ann")));
        add(SECOND_ID, 1, "client/bob");
        assertEquals(2, principals.size(), "she has opened one just now");
        nanos.addAndGet(1_000_000_000);
        groups.open(new Client(named("client/eve")));
        assertEquals(2, principals.size(), "bob has a group, eve a stream");
    }

    private Principals principals(int maxGroups, int percent) {
        return new Principals(environment, maxGroups, new PrincipalLimits(percent, 2), nanos::get);
    }

    private Groups groups(int maxGroups, Principals all) {
        return new Groups(
                environment, maxGroups, all, new Unread(100 * MIB, MIB, 0), MIB, Clock.systemUTC());
    }

    private static Peer named(String name) {
        return new Peer(List.of(name), "127.0.0.1:1");
    }

    private static ByteString id(int number) {
        return ByteString.copyFromUtf8("%016d".formatted(number));
    }

    private CallException refuse(ByteString group, long epoch, int configurationBytes) {
        return assertThrows(CallException.class, () -> add(group, epoch, configurationBytes));
    }

    private GroupStream add(ByteString group, long epoch, int configurationBytes)
            throws CallException {
        return add(group, epoch, configurationBytes, Peer.UNKNOWN);
    }

    private void add(ByteString group, long epoch, String name) throws CallException {
        add(group, epoch, 0, named(name));
    }

    private GroupStream add(ByteString group, long epoch, int configurationBytes, Peer peer)
            throws CallException {
        OpenGroup open =
                OpenGroup.newBuilder()
                        .setGroup(group)
                        .setEpoch(epoch)
                        .setConfiguration(ByteString.copyFrom(new byte[configurationBytes]))
                        .build();
        return add(groups, open, peer);
    }

    private GroupStream add(Groups to, ByteString group, long epoch, Peer peer)
            throws CallException {
        return add(to, OpenGroup.newBuilder().setGroup(group).setEpoch(epoch).build(), peer);
    }

    private GroupStream add(Groups to, OpenGroup open, Peer peer) throws CallException {
        GroupStream stream = new GroupStream(environment, to, new Client(peer), 0);
        to.add(open, stream);
        return stream;
    }

    /// A client that hears why its stream failed.
    private static final class Client implements Call<GroupResponse> {

        private final Peer peer;
        private @Nullable String failure;

        Client(Peer peer) {
            this.peer = peer;
        }

        @Override
        public Peer peer() {
            return peer;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void send(GroupResponse message) {}

        @Override
        public void complete() {}

        @Override
        public void fail(CallException why) {
            failure = why.getMessage();
        }

        @Override
        public void request(int messages) {}
    }
}
