package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.Redelivery;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;

/// Messages that break a rule: they end their own stream, say what was wrong, and leave nothing.
@Timeout(40)
@SuppressWarnings("NullAway.Init")
class WorkerBadInputTest {

    private static final String OPEN = "{\"suffix\":\"!\"}";

    @TempDir static Path storage;
    @TempDir static Path data;

    private static Container container;
    private static PluginJar plugin;
    private static TestOverseer overseer;
    private static WorkerNode worker;
    private static TestCoordinator neighbour;

    /// What a coordinator does wrong.
    private interface Deed {
        void on(TestCoordinator group) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        container = Container.open(storage);
        plugin = PluginJar.of("1.0.0");
        overseer = TestOverseer.open();
        overseer.has(plugin);
        overseer.plan(plugin);
        WorkerSettings settings = overseer.worker(data);
        worker = new WorkerNode(settings, container.context(), why -> {});
        worker.open();
        overseer.awaitApplied();
        neighbour = TestCoordinator.opened(worker.endpoint(), plugin.version(), OPEN);
    }

    @AfterAll
    static void stop() throws Exception {
        neighbour.items("{\"text\":\"a\"}");
        assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", neighbour.finish().result(0));
        neighbour.close();
        Eventually.holds(
                "nothing is left",
                () -> {
                    Load load = overseer.heartbeat.getLoad();
                    return load.getGroups() == 0
                            && load.getItemsInFlight() == 0
                            && load.getMemory().getReservedBytes() == 0;
                },
                () -> overseer.heartbeat);
        worker.close();
        overseer.close();
        container.close();
    }

    private static void assertInvalid(String text, Deed deed) throws Exception {
        try (TestCoordinator group =
                TestCoordinator.opened(worker.endpoint(), plugin.version(), OPEN)) {
            assertInvalid(text, group, deed);
        }
    }

    private static void assertInvalid(String text, TestCoordinator group, Deed deed)
            throws Exception {
        deed.on(group);
        CallException why = assertThrows(CallException.class, group::readToEnd);
        assertEquals(text, why.getMessage());
        assertEquals(Kind.INVALID, why.kind());
    }

    private static OpenWork.Builder open() {
        return OpenWork.newBuilder()
                .setProtocol(1)
                .setGroup(ByteString.copyFrom(new byte[16]))
                .setPlugin(plugin.version())
                .setConfiguration(ByteString.copyFromUtf8(OPEN));
    }

    private static void assertRefused(String text, OpenWork.Builder open) throws Exception {
        try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
            assertInvalid(text, group, bad -> bad.send(WorkRequest.newBuilder().setOpen(open)));
        }
    }

    private static ByteString bytes(int size) {
        return ByteString.copyFrom(new byte[size]);
    }

    @Test
    void refusesOpensThatAreWrong() throws Exception {
        assertRefused("protocol: 2 (expected: 1)", open().setProtocol(2));
        assertRefused("protocol: 4294967295 (expected: 1)", open().setProtocol(-1));
        assertRefused("group: 15 bytes (expected: 16)", open().setGroup(bytes(15)));
        assertRefused(
                "configuration: 1048577 bytes (expected: at most 1048576)",
                open().setConfiguration(bytes((1 << 20) + 1)));
    }

    @Test
    void refusesASecondOpen() throws Exception {
        assertInvalid(
                "a second open (expected: one, as the first message)",
                group -> group.send(WorkRequest.newBuilder().setOpen(open())));
    }

    @Test
    void refusesDataBeforeOpen() throws Exception {
        WorkRequest.Builder[] early = {
            WorkRequest.newBuilder().setItems(Items.getDefaultInstance()),
            WorkRequest.newBuilder().setChunk(Chunk.getDefaultInstance()),
            WorkRequest.newBuilder().setRedelivery(Redelivery.getDefaultInstance()),
        };
        for (WorkRequest.Builder message : early) {
            try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
                String name = message.getMessageCase().name().toLowerCase(java.util.Locale.ROOT);
                assertInvalid(
                        "first message: " + name + " (expected: open)",
                        group,
                        bad -> bad.send(message));
            }
        }
        try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
            assertInvalid(
                    "a message that this version does not know",
                    group,
                    bad -> bad.send(WorkRequest.newBuilder()));
        }
    }

    @Test
    void refusesFramesWhoseNumbersAreWrong() throws Exception {
        assertInvalid(
                "items: 1 sequences, 0 sizes, sum of sizes 0 (expected: as many sizes as"
                        + " sequences, and the body's 0 bytes)",
                group ->
                        group.send(
                                WorkRequest.newBuilder()
                                        .setItems(Items.newBuilder().addSequences(1))));
        assertInvalid(
                "items: 1 sequences, 1 sizes, sum of sizes 4294967295 (expected: as many sizes as"
                        + " sequences, and the body's 3 bytes)",
                group ->
                        group.send(
                                WorkRequest.newBuilder()
                                        .setItems(
                                                Items.newBuilder()
                                                        .addSequences(1)
                                                        .addSizes(-1)
                                                        .setBody(bytes(3)))));
    }

    @Test
    void refusesChunksThatDoNotContinueTheirItem() throws Exception {
        assertInvalid(
                "chunk of item 0: offset 5 (expected: 0, it is the first one)",
                group -> group.chunk(20, 5, bytes(5)));
        assertInvalid(
                "chunk of item 0, size 20, offset 0 (expected: item 0, size 20, offset 10)",
                group -> {
                    group.chunk(20, 0, bytes(10));
                    group.chunk(20, 0, bytes(10));
                });
        assertInvalid(
                "chunk of item 0, size 30, offset 10 (expected: item 0, size 20, offset 10)",
                group -> {
                    group.chunk(20, 0, bytes(10));
                    group.chunk(30, 10, bytes(10));
                });
        assertInvalid(
                "chunk of item 0: ends at 21 (expected: at most 20)",
                group -> {
                    group.chunk(20, 0, bytes(10));
                    group.chunk(20, 10, bytes(11));
                });
        assertInvalid(
                "chunk of item 0: no data (expected: some)",
                group -> group.chunk(20, 0, ByteString.EMPTY));
    }

    @Test
    void refusesSizesThatNoItemHas() throws Exception {
        assertInvalid(
                "chunk of item 0: size 18446744073709551615 (expected: at most 104857600)",
                group -> group.chunk(-1, 0, bytes(10)));
        assertInvalid(
                "chunk of item 0: size 104857601 (expected: at most 104857600)",
                group -> group.chunk(104_857_601, 0, bytes(10)));
        assertInvalid(
                "chunk of item 0: data of 262145 bytes (expected: at most 262144)",
                group -> group.chunk(1 << 20, 0, bytes(262_145)));
    }

    @Test
    void refusesAnAttemptBelowOne() throws Exception {
        assertInvalid("redelivery: attempt 0 (expected: >= 1)", group -> group.redelivery(0));
    }

    @Test
    void refusesItemsWithinABigItem() throws Exception {
        assertInvalid(
                "items within item 0 (expected: all its chunks first)",
                group -> {
                    group.chunk(20, 0, bytes(10));
                    group.items("{\"text\":\"a\"}");
                });
    }
}
