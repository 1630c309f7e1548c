package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.apache.zookeeper.CreateMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// An ensemble that others run: here the server of another overseer, which speaks plain text or TLS as such a one does.
class ExternalEnsembleTest {

    private static final String HOST = "127.0.0.1";
    private static final int TRIES = 3; // a busy machine may answer too late for a diagnosis
    private static final Duration WITHIN = Duration.ofSeconds(10);

    @TempDir Path folder;
    private int port;

    @Test
    void isSpokenToInPlainText() throws Exception {
        try (Overseer others = new Overseer("o1", folder.resolve("o1"), null)) {
            until("leads", others::leads);
            others.ensemble.write("catalogue", -1, "of others");
            String address = others.ensemble.address();
            try (Overseer o2 = with(List.of("127.0.0.1:1", address), null)) {
                assertEquals("of others", o2.ensemble.read("catalogue").text());
            }
        }
    }

    @Test
    void isSpokenToWithTlsOfItsOwn() throws Exception {
        Certificates certificates = Certificates.in(folder.resolve("certificates"));
        Terms.PemFiles tls = certificates.overseer("o1");
        try (Overseer others = Overseer.tls("o1", folder.resolve("o1"), tls)) {
            until("leads", others::leads);
            others.ensemble.write("catalogue", -1, "of others");
            String address = others.ensemble.address();
            try (Overseer o2 = with(List.of(address), tls)) {
                assertEquals("of others", o2.ensemble.read("catalogue").text());
            }
            assertEquals(address + " speaks TLS (expected: plain text)", why(address, null));
            assertTrue(
                    why(address, Certificates.in(folder.resolve("strangers")).overseer("o1"))
                            .startsWith(address + " speaks TLS, but not with these TLS files: "));
            String byName = "localhost" + address.substring(HOST.length());
            String refused = why(byName, tls); // its certificate has the address only
            assertTrue(
                    refused.startsWith(byName + " speaks TLS, but not with these TLS files: ")
                            && refused.contains("localhost"),
                    refused);
        }
    }

    @Test
    void oneThatSpeaksPlainTextOrNothingIsRefusedWhereTlsIsWanted() throws Exception {
        Terms.PemFiles tls = Certificates.in(folder.resolve("certificates")).overseer("o2");
        try (Overseer others = new Overseer("o1", folder.resolve("o1"), null)) {
            until("leads", others::leads);
            String nobody = HOST + ":1";
            String address = others.ensemble.address();
            String why = why(nobody + "," + address, tls);
            assertTrue(why.startsWith(nobody + " cannot be reached: "), why);
            assertTrue(why.endsWith("; " + address + " speaks no TLS (expected: TLS)"), why);
        }
    }

    @Test
    void serversThatSayNothingAreAskedTogether() throws Exception {
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0);
                ServerSocket three = new ServerSocket(0);
                ServerSocket four = new ServerSocket(0)) {
            List<String> addresses =
                    Stream.of(one, two, three, four)
                            .map(server -> HOST + ":" + server.getLocalPort())
                            .toList();
            long start;
            String said;
            int tries = 0;
            do {
                start = System.nanoTime();
                said = new Diagnosis(new Terms.External(addresses, null)).toString();
            } while (said.contains("too slowly") && ++tries < TRIES);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            String silent = " takes connections, but opens no session";
            assertEquals(String.join(silent + "; ", addresses) + silent, said);
            assertTrue(took.toMillis() < 7_500, took::toString); // 2 s; in turn it is 8 s
        }
    }

    @Test
    void theDiagnosisComesBeforeTheLauncherGivesUp() {
        Terms.External external = new Terms.External(List.of(HOST + ":1"), null);
        Duration diagnosed =
                ZooKeeperEnsemble.connectedWithin(external).plus(Duration.ofSeconds(4));
        assertTrue(diagnosed.compareTo(Duration.ofSeconds(20)) < 0, diagnosed::toString); // of 30
    }

    @Test
    void whoIsForgottenThereCountsNoMoreUntilItLivesAgain() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(others(), why -> {})) {
            Terms.External external = external();
            try (Overseer o1 = Overseer.with(external, "o1", folder.resolve("o1"))) {
                until("leads", o1::leads);
                Overseer o2 = Overseer.with(external, "o2", folder.resolve("o2"));
                until("is there", () -> o1.ensemble.cards().size() == 2);
                assertFalse(o1.ensemble.forget("o2"), "it lives");
                assertThrows(StoreException.class, () -> o2.ensemble.forget("o1"));
                o2.close();
                assertEquals(Set.of("o1", "o2"), o1.ensemble.members());
                assertTrue(o1.ensemble.forget("o2"));
                assertEquals(Set.of("o1"), o1.ensemble.members());

                try (Session any = session()) {
                    any.client().delete().forPath(Paths.SERVERS + "/o1");
                }
                until("it lives", () -> o1.ensemble.members().equals(Set.of("o1")));
            }
        }
    }

    @Test
    void whoLacksTheSettingFoundsNoClusterOfItsOwnBesideIt() throws Exception {
        Path data = folder.resolve("o2");
        try (EmbeddedServer server = EmbeddedServer.start(others(), why -> {});
                Overseer o1 = Overseer.with(external(), "o1", folder.resolve("o1"));
                Session any = session()) {
            for (int start = 0; start < 2; start++) {
                String refused =
                        assertThrows(StoreException.class, () -> new Overseer("o2", data, o1))
                                .getMessage();
                assertTrue(refused.contains(o1.ensemble.address() + ", which others run"), refused);
                assertNull(any.client().checkExists().forPath(Paths.SERVERS + "/o2"));
                assertFalse(Files.exists(data.resolve("server.cfg")));
            }
        }
    }

    @Test
    void ofTwoOfOneNameTheSecondGivesUp() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(others(), why -> {});
                Overseer o1 = Overseer.with(external(), "o1", folder.resolve("o1"))) {
            until("leads", o1::leads);
            long epoch = o1.epoch;
            try (Overseer second = Overseer.unseated(external(), "o1", folder.resolve("second"))) {
                second.isAnother = true;
                second.stand();
                until("gives up", () -> !second.gaveUp.isEmpty());
                assertEquals(
                        List.of(
                                "an overseer named o1 runs, its card is \"o1 127.0.0.1:1\""
                                        + " (expected: a name of its own for each overseer)"),
                        List.copyOf(second.gaveUp));
            }
            o1.ensemble.confirm();
            assertEquals(epoch, o1.epoch);
        }
    }

    @Test
    void whatAnEarlierProcessLeftIsRemoved() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(others(), why -> {});
                Overseer before = Overseer.with(external(), "o1", folder.resolve("o1"))) {
            until("leads", before::leads);
            try (Overseer o1 = Overseer.with(external(), "o1", folder.resolve("again"))) {
                until("leads", o1::leads);
            }
        }
    }

    @Test
    void aCardThatCameDuringTheQuestionIsAskedAboutToo() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(others(), why -> {});
                Session any = session();
                Overseer o1 = Overseer.unseated(external(), "o1", folder.resolve("o1"))) {
            AtomicInteger asked = new AtomicInteger();
            card(any);
            o1.asked =
                    () -> {
                        if (asked.getAndIncrement() == 0) {
                            assertDoesNotThrow(() -> {
                                any.client().delete().forPath(Paths.OVERSEERS + "/o1");
                                card(any);
                            });
                        }
                    };
            o1.stand();
            until("leads", o1::leads);
            assertEquals(2, asked.get());
        }
    }

    private static void card(Session any) throws Exception {
        any.client()
                .create()
                .withMode(CreateMode.EPHEMERAL)
                .forPath(Paths.OVERSEERS + "/o1", Session.bytes("o1 127.0.0.1:1"));
    }

    /// Each takes the other's card for its own of before, since nobody can be asked there.
    @Test
    void ofTwoOfOneNameAndAddressTheFirstGivesUp() throws Exception {
        try (EmbeddedServer server = EmbeddedServer.start(others(), why -> {});
                Overseer first = Overseer.with(external(), "o1", folder.resolve("o1"))) {
            until("leads", first::leads);
            try (Overseer second = Overseer.with(external(), "o1", folder.resolve("second"))) {
                until("gives up", () -> !first.gaveUp.isEmpty());
                until("leads", second::isConfirmed);
                assertEquals(
                        List.of(
                                "an overseer named o1 runs, its card is \"o1 127.0.0.1:1\""
                                        + " (expected: a name of its own for each overseer)"),
                        List.copyOf(first.gaveUp));
                assertEquals(List.of(), List.copyOf(second.gaveUp));
            }
        }
    }

    /// The servers that others run.
    private Path others() throws IOException, StoreException {
        ServerFiles files = new ServerFiles(terms(folder.resolve("others")), null);
        port = files.create(files.self(1), List.of());
        return files.configuration();
    }

    private Terms.External external() {
        return new Terms.External(List.of(HOST + ":" + port), null);
    }

    private Session session() throws StoreException {
        return Session.open(HOST + ":" + port, WITHIN, null, WITHIN);
    }

    private static Terms terms(Path folder) {
        return new Terms(
                "others", folder, HOST, HOST, List.of(0, 0, 0), null, () -> "", WITHIN, null);
    }

    /// What the operator is told after the addresses.
    private String why(String addresses, Terms.@Nullable PemFiles tls) {
        String why = whyNow(addresses, tls);
        for (int again = 1; again < TRIES && why.contains("opens no session"); again++) {
            why = whyNow(addresses, tls);
        }
        return why;
    }

    private String whyNow(String addresses, Terms.@Nullable PemFiles tls) {
        String start = "the store at " + addresses + " does not answer within 3 s: ";
        Terms.External external = new Terms.External(List.of(addresses.split(",")), tls);
        Path o2 = folder.resolve("o2");
        String text =
                assertThrows(
                                StoreException.class,
                                () -> Overseer.within(Duration.ofSeconds(3), external, "o2", o2))
                        .getMessage();
        assertTrue(text.startsWith(start), text);
        return text.substring(start.length());
    }

    private Overseer with(List<String> addresses, Terms.@Nullable PemFiles tls)
            throws StoreException {
        return Overseer.with(new Terms.External(addresses, tls), "o2", folder.resolve("o2"));
    }
}
