package org.stagedpipe.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.DropDeadLettersResponse;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Commands that do several things, of which some fail.
class PartlyTest extends OneConsole {

    @Test
    void publishesTheLibrariesThatCanBe() throws Exception {
        Run run = run("library", "publish", jar("a.jar"), jar("refused.jar"), "gone", jar("c.jar"));
        assertEquals(7, run.exitCode(), run.err());
        assertEquals(
                "a.jar is in the repository: birdstrikes\n"
                        + "c.jar is in the repository: birdstrikes\n",
                run.out());
        assertTrue(
                run.err().contains("stagedpipe: refused.jar: exists with other bytes\n"),
                run.err());
        assertTrue(run.err().contains("stagedpipe: gone: does not exist"), run.err());
        assertEquals(
                2, // of a.jar and of c.jar
                run.err().lines().filter("upload: 5 B of 5 B"::equals).count(),
                run.err());
    }

    @Test
    void programsGetOneArrayOfTheLibrariesThatArePublished() throws Exception {
        Run run = run("library", "publish", jar("a.jar"), jar("c.jar"), "-o", "json");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(2, run.json().size());
        assertEquals("c.jar", run.json().get(1).get("file").asText());
        run = run("library", "publish", jar("refused.jar"), jar("a.jar"), "-o", "json");
        assertEquals(7, run.exitCode(), run.err());
        assertEquals("a.jar", run.json().get(0).get("file").asText());
    }

    @Test
    void endsAsTheFirstOneDidIfAllFail() throws Exception {
        assertEquals(1, run("library", "publish", jar("refused.jar"), "gone").exitCode());
        assertEquals(2, run("library", "publish", "gone", jar("refused.jar")).exitCode());
    }

    private String jar(String name) throws Exception {
        Path jar = Files.writeString(folder.resolve(name), "bytes");
        return jar.toString();
    }

    @Test
    void saysWhichCoordinatorMayHaveItsDeadLettersStill() throws Exception {
        try (Server c1 = coordinator(true);
                Server c2 = coordinator(false);
                Server c3 = coordinator(true)) {
            overseer.coordinators =
                    List.of(
                            Samples.node("c1", Role.COORDINATOR, c1.endpoint().port()),
                            Samples.node("c2", Role.COORDINATOR, c2.endpoint().port()),
                            Samples.node("c3", Role.COORDINATOR, c3.endpoint().port()));
            Run run = run("group", "dead-letters", "0a1b", "--drop");
            assertEquals(7, run.exitCode(), run.err());
            assertEquals(
                    "dead letters of group " + TestOverseer.GROUP_A + " are removed on c1, c3\n",
                    run.out());
            assertEquals("stagedpipe: coordinator c2: is dying\n", run.err());
            overseer.coordinators = overseer.coordinators.subList(1, 2);
            run = run("group", "dead-letters", "0a1b", "--drop");
            assertEquals(3, run.exitCode(), run.err());
            assertEquals("", run.out());
        }
    }

    @Test
    void namesACoordinatorThatIsSilentAlsoToWhomWantsNoProgress() throws Exception {
        try (Server c1 = coordinator(true)) {
            overseer.coordinators =
                    List.of(
                            Samples.node("c1", Role.COORDINATOR, c1.endpoint().port()),
                            Samples.node("c2", Role.COORDINATOR, 1));
            Run run = run("group", "dead-letters", "-q");
            assertEquals(7, run.exitCode(), run.err());
            assertTrue(run.err().startsWith("coordinator c2: "), run.err());
        }
    }

    @Test
    void saysThatSomeOfTheItemsThatFailedAreMissing() throws Exception {
        try (Server c1 = coordinator(true, new ArrayList<>(), 2)) {
            overseer.coordinators =
                    List.of(Samples.node("c1", Role.COORDINATOR, c1.endpoint().port()));
            Run run = run("group", "dead-letters", "0a1b", "--export");
            assertEquals(0, run.exitCode(), run.err());
            assertEquals(
                    "2 items of the group failed and could not be kept, and are not"
                            + " among these\n",
                    run.err());
        }
    }

    @Test
    void aCoordinatorIsToldWhoRemovesDeadLetters() throws Exception {
        List<DropDeadLettersRequest> drops = new CopyOnWriteArrayList<>();
        try (Server c1 = coordinator(true, drops)) {
            overseer.coordinators =
                    List.of(Samples.node("c1", Role.COORDINATOR, c1.endpoint().port()));
            run("group", "dead-letters", "0a1b", "--drop");
            assertEquals(System.getProperty("user.name"), drops.getFirst().getOperator());
        }
    }

    /// One that keeps letters of a group.
    ///
    /// @param drops otherwise it dies of it
    static Server coordinator(boolean drops) throws CallException {
        return coordinator(drops, new ArrayList<>());
    }

    private static Server coordinator(boolean drops, List<DropDeadLettersRequest> requests)
            throws CallException {
        return coordinator(drops, requests, 0);
    }

    /// @param dropped how many it could not keep
    private static Server coordinator(
            boolean drops, List<DropDeadLettersRequest> requests, long dropped)
            throws CallException {
        return Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                .exchange(
                        Rpcs.LIST_DEAD_LETTERS,
                        exchange ->
                                exchange.send(
                                        DeadLetterGroup.newBuilder()
                                                .setGroup(Samples.bytes(TestOverseer.GROUP_A))
                                                .setDropped(dropped)
                                                .build()))
                .exchange(Rpcs.READ_DEAD_LETTERS, exchange -> exchange.next())
                .unary(
                        Rpcs.DROP_DEAD_LETTERS,
                        request -> {
                            requests.add(request);
                            if (!drops) {
                                throw new CallException(Kind.UNREACHABLE, "is dying");
                            }
                            return DropDeadLettersResponse.newBuilder().setDropped(true).build();
                        })
                .start();
    }
}
