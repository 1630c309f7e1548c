package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.DeadLetterClient;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DeadLetterPart;
import org.stagedpipe.protocol.v1.DropDeadLettersResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/// In which order the items come that failed in a group which had several coordinators. An item is the array of its sequence
/// and its time.
class DeadLetterOrderTest extends OneConsole {

    private static final ObjectMapper JSON = new ObjectMapper();

    private List<DeadLetter> dropAfterOneReading = new ArrayList<>();

    @Test
    void theItemsOfAKeyComeInTheirOrder() throws Exception {
        assertOrder("[5,10] [9,20]", List.of(letter(9, 20, 7)), List.of(letter(5, 10, 7)));
    }

    @Test
    void theItemsOfAKeyDoSoAlsoIfTheClocksDiffer() throws Exception {
        assertOrder(
                "[4,40] [8,30] [5,50] [9,20] [2,60]",
                List.of(letter(8, 30, 1), letter(9, 20, 7)),
                List.of(letter(4, 40, 1), letter(5, 50, 7), letter(2, 60, 3)));
    }

    /// As after a coordinator that ran on while another one had the group already.
    @Test
    void allComeAlsoIfNoOrderSuitsAllKeys() throws Exception {
        assertOrder(
                "[8,10] [5,20] [9,30] [4,40]",
                List.of(letter(8, 10, 1), letter(5, 20, 7)),
                List.of(letter(9, 30, 7), letter(4, 40, 1)));
    }

    @Test
    void itemsWithoutKeysComeAsTheyFailed() throws Exception {
        assertOrder(
                "[9,10] [5,20] [3,20] [7,30]",
                List.of(letter(5, 20, 0), letter(3, 20, 0)),
                List.of(letter(9, 10, 0), letter(7, 30, 0)));
    }

    @Test
    void anItemThatFailedOnTwoComesOnceInThePlaceOfTheLastTime() throws Exception {
        assertOrder(
                "[2,15] [1,20] [3,30]",
                List.of(letter(1, 10, 0), letter(2, 15, 0), letter(3, 30, 0)),
                List.of(letter(1, 20, 0)));
    }

    @Test
    void noMoreIsReadThanIsWanted() throws Exception {
        try (Server c1 =
                coordinator(List.of(letter(1, 10, 0), letter(2, 20, 0), letter(3, 30, 0)))) {
            overseer.coordinators = List.of(node("c1", c1));
            List<Long> read = new ArrayList<>();
            try (AdminClient admin =
                            AdminClient.connect(
                                    List.of(overseer.endpoint()), Security.loopbackOnly());
                    DeadLetterClient client = DeadLetterClient.of(admin, Security.loopbackOnly())) {
                client.read(
                        Samples.bytes(TestOverseer.GROUP_A),
                        true,
                        (letter, _) -> {
                            read.add(letter.getFault().getSequence());
                            return read.size() < 2;
                        });
            }
            assertEquals(List.of(1L, 2L), read);
        }
    }

    @Test
    void whatIsDroppedMeanwhileIsNotLeftOutInSilence() throws Exception {
        List<DeadLetter> letters = new CopyOnWriteArrayList<>();
        letters.add(letter(1, 10, 0));
        letters.add(letter(2, 20, 0));
        try (Server c1 = coordinator(letters)) {
            overseer.coordinators = List.of(node("c1", c1));
            dropAfterOneReading = letters;
            Run run = run("group", "dead-letters", "0a1b", "--export");
            assertEquals(
                    "stagedpipe: 2 of 2 items are there no more (expected: that nobody drops them"
                            + " while they are read)\n",
                    run.err());
            assertNotEquals(0, run.exitCode());
        }
    }

    @Test
    void eachSaysWhichVersionRanIt() throws Exception {
        try (Server c1 =
                coordinator(List.of(letter(1, 10, 0, "1.0.0"), letter(2, 20, 0, "2.0.0")))) {
            overseer.coordinators = List.of(node("c1", c1));
            List<String> versions = new ArrayList<>();
            Run run = run("group", "dead-letters", "0a1b", "-o", "json");
            JSON.readTree(run.out()).forEach(item -> versions.add(item.get("version").asText()));
            assertEquals(List.of("1.0.0", "2.0.0"), versions);
            run = run("group", "dead-letters", "0a1b");
            assertTrue(run.out().contains("1.0.0") && run.out().contains("2.0.0"), run.out());
        }
    }

    private void assertOrder(String expected, List<DeadLetter> onC1, List<DeadLetter> onC2)
            throws Exception {
        try (Server c1 = coordinator(onC1);
                Server c2 = coordinator(onC2)) {
            overseer.coordinators = List.of(node("c1", c1), node("c2", c2));
            Run run = run("group", "dead-letters", "0a1b", "--export");
            assertEquals(0, run.exitCode(), run.err());
            List<String> items = new ArrayList<>();
            for (String line : run.out().lines().toList()) {
                items.add(JSON.readTree(line).get("item").toString());
            }
            assertEquals(expected, String.join(" ", items));
        }
    }

    private static NodeEntry node(String name, Server server) {
        return Samples.node(name, Role.COORDINATOR, server.endpoint().port());
    }

    private static DeadLetter letter(long sequence, long timeMs, long key) {
        return DeadLetter.newBuilder()
                .setFault(ItemFault.newBuilder().setSequence(sequence))
                .setTimeMs(timeMs)
                .setKey(key)
                .setSize(item(sequence, timeMs).size())
                .build();
    }

    private static DeadLetter letter(long sequence, long timeMs, long key, String version) {
        return letter(sequence, timeMs, key).toBuilder()
                .setPlugin(PluginVersion.newBuilder().setName("echo").setVersion(version))
                .build();
    }

    private static ByteString item(long sequence, long timeMs) {
        String text = "[" + sequence + "," + timeMs + "]";
        return ByteString.copyFrom(text, StandardCharsets.UTF_8);
    }

    private Server coordinator(List<DeadLetter> letters) throws Exception {
        DeadLetterGroup group =
                DeadLetterGroup.newBuilder().setGroup(Samples.bytes(TestOverseer.GROUP_A)).build();
        return Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                .exchange(Rpcs.LIST_DEAD_LETTERS, exchange -> exchange.send(group))
                .unary(Rpcs.DROP_DEAD_LETTERS, _ -> DropDeadLettersResponse.getDefaultInstance())
                .exchange(
                        Rpcs.READ_DEAD_LETTERS,
                        exchange -> {
                            boolean withoutData =
                                    Objects.requireNonNull(exchange.next()).getWithoutData();
                            for (DeadLetter letter : letters) {
                                exchange.send(
                                        DeadLetterPart.newBuilder().setLetter(letter).build());
                                ByteString item =
                                        item(letter.getFault().getSequence(), letter.getTimeMs());
                                if (!withoutData) { // in two parts
                                    exchange.send(part(item.substring(0, 2)));
                                    exchange.send(part(item.substring(2)));
                                }
                            }
                            dropAfterOneReading.clear();
                        })
                .start();
    }

    private static DeadLetterPart part(ByteString data) {
        return DeadLetterPart.newBuilder().setData(data).build();
    }
}
