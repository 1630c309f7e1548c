package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Servers that listen elsewhere than where the others call them, or are to.
class ReachTest {

    private static final String HOST = "127.0.0.1";
    private static final String EVERYWHERE = "0.0.0.0";
    private static final String OTHER_LOOPBACK = "127.0.1.1"; // a machine's own name leads there
    private static final String NOT_HERE = "192.0.2.1"; // of no machine, for documents
    private static final List<Integer> ANY = List.of(0, 0, 0);
    private static final int CONNECT_MS = 10_000;

    @TempDir Path folder;

    @Test
    void whoListensEverywhereIsReachedAtEachAddressAndIsJoined() throws Exception {
        Path first = folder.resolve("o1");
        try (Overseer o1 = new Overseer(terms(first, EVERYWHERE, OTHER_LOOPBACK, ANY, null))) {
            o1.stand();
            until("leads", o1::leads);
            assertTrue(o1.ensemble.address().startsWith(OTHER_LOOPBACK + ":"));
            assertIsReached(HOST, first);
            assertIsReached(OTHER_LOOPBACK, first);
            try (Overseer o2 = new Overseer("o2", folder.resolve("o2"), o1)) {
                until("one leads", () -> o1.isConfirmed() || o2.isConfirmed());
                assertEquals(Set.of("o1", "o2"), o2.ensemble.members());
                assertIsReached(HOST, members(first)[0].electionPort());
            }
        }
    }

    /// A container, say, that the others reach by its machine's address.
    @Test
    void whoListensEverywhereMayHaveAnAddressThatIsNotOfThisMachine() throws Exception {
        Terms terms =
                terms(
                        folder.resolve("o1"),
                        EVERYWHERE,
                        NOT_HERE,
                        ANY,
                        Certificates.in(folder.resolve("certificates")).overseer("o1"));
        for (int start = 0; start < 2; start++) {
            try (Overseer o1 = new Overseer(terms)) {
                o1.stand();
                until("leads", o1::leads);
                assertIsReached(HOST, terms.folder());
            }
        }
    }

    @Test
    void whoListensAtOneAddressCannotBeKnownByAnotherMachines() {
        Terms terms = terms(folder, HOST, NOT_HERE, ANY, null);
        String refused = assertThrows(StoreException.class, () -> new Overseer(terms)).getMessage();
        assertTrue(refused.startsWith("cannot listen on 192.0.2.1:"), refused);
        assertTrue(
                refused.endsWith(" (expected: an address of this machine, or host 0.0.0.0)"),
                refused);
    }

    @Test
    void saysWhereAServerListensIfItsOverseerListensElsewhere() throws Exception {
        Member self = new Member(1, "localhost", 9405, 9406);
        assertEquals("", reach(HOST, "localhost", ANY).elsewhere(self));
        assertEquals("", reach(EVERYWHERE, "localhost", ANY).elsewhere(self));
        Member unknown = new Member(1, "host.invalid", 9405, 9406); // on this machine
        assertEquals("", reach(EVERYWHERE, "host.invalid", ANY).elsewhere(unknown));
        assertEquals(
                "the ports 9405 and 9406 listen at 127.0.1.1, which is 127.0.1.1 on this machine,"
                        + " and not at host, 127.0.0.1 (expected: one address for both, or host"
                        + " 0.0.0.0)",
                reach(HOST, OTHER_LOOPBACK, ANY)
                        .elsewhere(new Member(1, OTHER_LOOPBACK, 9405, 9406)));
    }

    @Test
    void saysWhatTheSettingsOfOneOfSeveralSayInVain() {
        Member known = new Member(3, "host4", 9405, 9406);
        assertEquals("", reach(HOST, "host4", List.of(7, 9405, 9406)).unused(known));
        assertEquals("", reach(HOST, "Host4", ANY).unused(known));
        assertEquals(
                "advertise, quorumPort and electionPort are host5, 9415 and 9406 in the settings;"
                        + " the other overseers know this one by host4, 9405 and 9406, and these"
                        + " count (expected: the same; where a majority lives without it, it joins"
                        + " anew with "
                        + folder
                        + " empty and the others in its settings)",
                reach(HOST, "host5", List.of(0, 9415, 0)).unused(known));
    }

    /// As the README of the overseer says for one machine.
    @Test
    void oneThatMovesJoinsAnewWithAnEmptyFolder() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null);
                Overseer o2 = new Overseer("o2", folder.resolve("o2"), o1)) {
            until("leads", o1::isConfirmed);
            assertTrue(o1.ensemble.write("catalogue", -1, "kept"));
            new Overseer("o3", folder.resolve("o3"), o2).close();
            Path empty = folder.resolve("empty");
            try (Overseer o3 = Overseer.at(OTHER_LOOPBACK, "o3", empty, o2)) {
                assertEquals(Set.of("o1", "o2", "o3"), o3.ensemble.members());
                assertEquals(
                        List.of(HOST, HOST, OTHER_LOOPBACK),
                        Stream.of(members(empty)).map(Member::host).toList());
                assertEquals("kept", o3.ensemble.read("catalogue").text());
            }
        }
    }

    /// As the README of the overseer says for machines that all have other addresses at once.
    @Test
    void membersThatAllMoveAtOnceGoOnWithListsThatWereChanged() throws Exception {
        Path first = folder.resolve("o1");
        Path second = folder.resolve("o2");
        try (Overseer o1 = new Overseer("o1", first, null)) {
            until("leads", o1::leads);
            new Overseer("o2", second, o1).close();
        }
        Member[] before = members(first);
        List<Integer> taken = new ArrayList<>();
        Member[] after = new Member[before.length];
        for (int i = 0; i < before.length; i++) {
            after[i] = new Member(before[i].id(), OTHER_LOOPBACK, another(taken), another(taken));
        }
        for (Path store : List.of(first, second)) {
            Path list = list(store);
            String text = Files.readString(list);
            for (int i = 0; i < before.length; i++) {
                text = text.replace(before[i].toString(), after[i].toString());
            }
            Files.writeString(list, text);
        }
        CompletableFuture<Overseer> other =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return new Overseer("o2", second, null);
                    } catch (StoreException e) {
                        throw new IllegalStateException(e);
                    }
                });
        try (Overseer o1 = new Overseer("o1", first, null);
                Overseer o2 = other.get(60, TimeUnit.SECONDS)) {
            until("one leads", () -> o1.isConfirmed() || o2.isConfirmed());
            assertEquals(Set.of("o1", "o2"), o1.ensemble.members());
            assertEquals(List.of(after), List.of(members(second)));
        }
    }

    private static int another(List<Integer> taken) throws IOException {
        int port = FreePort.on(OTHER_LOOPBACK, taken.toArray(Integer[]::new));
        taken.add(port);
        return port;
    }

    private static Path list(Path store) throws IOException {
        return Files.readAllLines(store.resolve("server.cfg")).stream()
                .filter(line -> line.startsWith("dynamicConfigFile="))
                .map(line -> Path.of(line.substring(line.indexOf('=') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static Member[] members(Path store) throws IOException {
        return Member.parse(Files.readString(list(store))).toArray(Member[]::new);
    }

    /// At both ports for the others, of the only server: of several, only the one that leads listens on the one of the majority.
    private static void assertIsReached(String host, Path store) throws IOException {
        Member self = members(store)[0];
        assertIsReached(host, self.quorumPort());
        assertIsReached(host, self.electionPort());
    }

    private static void assertIsReached(String host, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MS);
        }
    }

    private Reach reach(String host, String advertised, List<Integer> ports) {
        return new Reach(terms(folder, host, advertised, ports, null));
    }

    private static Terms terms(
            Path folder,
            String host,
            String advertised,
            List<Integer> ports,
            Terms.@Nullable PemFiles tls) {
        return new Terms(
                "o1", folder, host, advertised, ports, null, () -> "", Duration.ofSeconds(10), tls);
    }
}
