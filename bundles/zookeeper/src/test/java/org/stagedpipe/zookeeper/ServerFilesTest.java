package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.stagedpipe.zookeeper.Overseer.until;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Files that were on their way to the disk when the machine died, or the process ended.
class ServerFilesTest {

    private static final String HOST = "127.0.0.1";
    private static final Member ONE = new Member(1, HOST, 2, 3);
    private static final Member TWO = new Member(2, HOST, 4, 5);

    @TempDir Path folder;

    @Test
    void aServerWithoutItsConfigurationKeepsItsValues() throws Exception {
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            assertTrue(o1.ensemble.write("catalogue", -1, "kept"));
        }
        Files.writeString(folder.resolve("server.cfg"), "");
        try (Overseer o1 = new Overseer("o1", folder, null)) {
            until("leads", o1::leads);
            assertEquals("kept", o1.ensemble.read("catalogue").text());
        }
    }

    @Test
    void theNewestListOfMembersCounts() throws Exception {
        list("members", ONE);
        list("dynamic.ff", ONE);
        list("dynamic.100000003", ONE, TWO);
        list("dynamic.next", TWO);
        list("members.new", TWO);
        Files.createFile(folder.resolve("server.cfg"));
        assertEquals(List.of(ONE, TWO), files().members());
    }

    @Test
    void aListThatNamesNobodyDoesNotCount() throws Exception {
        list("dynamic.100000003");
        Path named = folder.resolve("server.cfg.dynamic.100000003");
        Files.writeString(folder.resolve("server.cfg"), "dynamicConfigFile=" + named);
        assertEquals(
                named + " names no member (expected: the servers of the ensemble)",
                assertThrows(IOException.class, files()::members).getMessage());
        list("dynamic.100000002", ONE, TWO);
        list("members", ONE);
        assertEquals(List.of(ONE, TWO), files().members());
    }

    /// What an operator is told that looks for a majority.
    @Test
    void saysWhereTheMembersAre() throws Exception {
        Path configuration = folder.resolve("server.cfg");
        Path named = folder.resolve("server.cfg.dynamic.100000003");
        Files.writeString(configuration, "dynamicConfigFile=" + named);
        assertEquals("those in " + configuration, ServerFiles.places(configuration));
        list("dynamic.100000003", ONE, TWO);
        assertEquals(
                Member.at(ONE.host(), ONE.quorumPort())
                        + ", "
                        + Member.at(TWO.host(), TWO.quorumPort()),
                ServerFiles.places(configuration));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNumberThatIsLostIsAskedFor(boolean isEmpty) throws Exception {
        list("members", ONE, TWO);
        Files.createFile(folder.resolve("server.cfg"));
        Path number = folder.resolve("data/myid");
        Files.createDirectories(number.getParent());
        if (isEmpty) {
            Files.createFile(number);
        }
        StoreException refused =
                assertThrows(StoreException.class, () -> new Overseer("o1", folder, null));
        assertEquals(
                "the store in "
                        + folder
                        + ": "
                        + number
                        + ": \"\" (expected: the number of this server, which is one of "
                        + ONE
                        + ", "
                        + TWO
                        + ")",
                refused.getMessage());
    }

    /// Else it would vote as one that never heard of a write.
    @Test
    void oneOfSeveralThatHasLostItsCopyIsNotLetIn() throws Exception {
        list("members", ONE, TWO);
        Files.createFile(folder.resolve("server.cfg"));
        Path values = folder.resolve("data/version-2");
        Files.createDirectories(values);
        Files.writeString(folder.resolve("data/myid"), "1");
        Files.writeString(values.resolve("currentEpoch"), "3");
        String refused =
                "the store in "
                        + folder
                        + ": "
                        + values
                        + " holds no copy of what the overseers share (expected: this server's;"
                        + " with "
                        + folder
                        + " empty it joins anew)";
        assertEquals(
                refused,
                assertThrows(StoreException.class, () -> new Overseer("o1", folder, null))
                        .getMessage());
        Files.delete(values.resolve("currentEpoch"));
        Files.delete(values);
        assertEquals(
                refused,
                assertThrows(StoreException.class, () -> new Overseer("o1", folder, null))
                        .getMessage());
    }

    /// Its server has not all that the members have, and is none of them; they may have other ports by now.
    @Test
    void oneThatEndedWhileItJoinedJoinsAnew() throws Exception {
        Path second = folder.resolve("o2");
        Files.createDirectories(second.resolve("data/version-2"));
        Files.writeString(second.resolve("data/myid"), "2");
        Files.writeString(second.resolve("data/version-2/currentEpoch"), "77");
        Files.writeString(second.resolve("server.cfg"), "");
        Files.writeString(second.resolve("server.cfg.members"), Member.lines(List.of(ONE, TWO)));
        Files.writeString(second.resolve("server.cfg.dynamic.ff"), Member.lines(List.of(ONE)));
        Files.createFile(second.resolve("joining"));
        assertEquals(
                second
                        + " is of an overseer that ended while it joined others (expected: those in"
                        + " its settings, or an empty folder to found a cluster)",
                assertThrows(StoreException.class, () -> new Overseer("o2", second, null))
                        .getMessage());
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null)) {
            until("leads", o1::leads);
            try (Overseer _ = new Overseer("o2", second, o1)) {
                assertEquals(Set.of("o1", "o2"), o1.ensemble.members());
                assertFalse(Files.exists(second.resolve("joining")));
                assertFalse(Files.exists(second.resolve("server.cfg.dynamic.ff")));
            }
        }
    }

    /// It has the members' list by then, in which it is missing, and may be a member already for all it knows.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneThatEndedAsItWasMadeAMemberIsOne(boolean isMember) throws Exception {
        Path second = folder.resolve("o2");
        try (Overseer o1 = new Overseer("o1", folder.resolve("o1"), null)) {
            until("leads", o1::leads);
            ServerFiles files = files("o2", second);
            Member self = files.self(2);
            try (Session session =
                    Session.open(
                            o1.ensemble.address(),
                            Duration.ofSeconds(10),
                            null,
                            Duration.ofSeconds(20))) {
                Servers servers = new Servers(session, "o2");
                servers.remember(2);
                files.createJoining(self, servers.members());
                try (EmbeddedServer _ = EmbeddedServer.start(files.configuration(), why -> {})) {
                    files.joined();
                    assertEquals(1, files.members().size());
                    if (isMember) {
                        String before = Files.readString(files.configuration());
                        servers.add(self);
                        until("knows it", () -> files.members().size() == 2);
                        Files.writeString(files.configuration(), before); // never came
                    }
                }
            }
            try (Overseer o2 = new Overseer("o2", second, o1)) {
                assertEquals(Set.of("o1", "o2"), o2.ensemble.members());
                assertFalse(Files.exists(second.resolve("adding")));
            }
        }
    }

    /// Whoever ended as it was about to be made a member looks for it there.
    @Test
    void oneThatIsAloneKeepsItsPorts() throws Exception {
        files().create(files().self(1), List.of());
        List<Member> before = files().members();
        files().reopen();
        assertEquals(before, files().members());
        try (ServerSocket _ =
                new ServerSocket(before.getFirst().quorumPort(), 1, InetAddress.getByName(HOST))) {
            files().reopen();
            assertNotEquals(before, files().members());
        }
    }

    /// Its port for overseers is in no list; the other two are.
    @Test
    void oneOfSeveralHasThePortsThatTheOthersKnowAndTheStorePortOfItsSettings() throws Exception {
        int quorum = FreePort.on(HOST);
        Member known = new Member(1, HOST, quorum, FreePort.on(HOST, quorum));
        Integer[] taken = {quorum, known.electionPort()};
        list("members", known, TWO);
        Files.createFile(folder.resolve("server.cfg"));
        Files.createDirectories(folder.resolve("data/version-2"));
        Files.writeString(folder.resolve("data/myid"), "1");
        Files.createFile(folder.resolve("data/version-2/snapshot.0"));
        int free = FreePort.on(HOST, taken);
        assertEquals(free, files(free, 9415, 9416).reopen());
        assertEquals(free, files().reopen(), "it keeps the one that it had");
        assertEquals(List.of(known, TWO), files().members());
        try (ServerSocket _ = new ServerSocket(free, 1, InetAddress.getByName(HOST))) {
            assertNotEquals(free, files().reopen());
        }
        try (ServerSocket _ = new ServerSocket(quorum, 1, InetAddress.getByName(HOST))) {
            assertEquals(
                    "port "
                            + quorum
                            + " on 127.0.0.1 is in use (expected: a free port; the other overseers"
                            + " know this one by it, whatever the settings say)",
                    assertThrows(StoreException.class, () -> files(0, 9415, 0).reopen())
                            .getMessage());
        }
    }

    private void list(String name, Member... members) throws IOException {
        Files.writeString(folder.resolve("server.cfg." + name), Member.lines(List.of(members)));
    }

    private ServerFiles files() {
        return files("o1", folder);
    }

    private ServerFiles files(Integer... ports) {
        return files("o1", folder, ports);
    }

    private static ServerFiles files(String name, Path folder) {
        return files(name, folder, 0, 0, 0);
    }

    private static ServerFiles files(String name, Path folder, Integer... ports) {
        return new ServerFiles(
                new Terms(
                        name,
                        folder,
                        HOST,
                        HOST,
                        List.of(ports),
                        null,
                        () -> "",
                        Duration.ofMillis(2_500),
                        null),
                null);
    }
}
