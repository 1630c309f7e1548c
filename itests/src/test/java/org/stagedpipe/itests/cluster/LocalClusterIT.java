package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// `cluster up`, `status` and `down`, as they are typed; what they start is in a folder of the test.
class LocalClusterIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NODES = 6;

    @TempDir Path folder;

    @Test
    void comesUpSaysWhoHasEndedAndLeavesNoProcess() throws Exception {
        try {
            Command up = cli("cluster", "up", "--overseers", "3");
            assertEquals(0, up.status(), up.output());
            List<JsonNode> members = members(0);
            assertEquals(NODES, members.size(), members.toString());
            assertTrue(members.stream().allMatch(LocalClusterIT::isRunning), members.toString());
            Command nodes = cli("node", "list", "-o", "json"); // of the cluster that runs
            assertEquals(0, nodes.status(), nodes.output());
            assertEquals(NODES, JSON.readTree(nodes.out()).size(), nodes.out());
            Command again = cli("cluster", "up");
            assertEquals(1, again.status(), again.output());
            assertTrue(again.err().contains("a cluster runs in "), again.err());

            ProcessHandle worker = process(members.getLast());
            assertTrue(worker.destroyForcibly());
            worker.onExit().get(60, TimeUnit.SECONDS);
            List<String> ended =
                    members(1).stream()
                            .filter(member -> !isRunning(member))
                            .map(member -> member.get("name").asText())
                            .toList();
            assertEquals(List.of("worker-2"), ended);
            Command told = cli("cluster", "status");
            assertEquals(1, told.status(), told.output());
            assertEquals(1, told.out().lines().filter(one -> one.endsWith("has ended")).count());

            Command down = cli("cluster", "down");
            assertEquals(0, down.status(), down.output());
            assertEquals("stopped " + (NODES - 1) + " processes\n", down.out());
            assertEquals(List.of(), processes().toList());
            assertEquals(List.of(), members(1));
            Command nothing = cli("cluster", "down");
            assertEquals(0, nothing.status(), nothing.output());
            assertEquals("no cluster runs\n", nothing.out());
        } finally {
            processes().forEach(ProcessHandle::destroyForcibly);
        }
    }

    private List<JsonNode> members(int status) throws Exception {
        Command told = cli("cluster", "status", "-o", "json");
        assertEquals(status, told.status(), told.output());
        return StreamSupport.stream(JSON.readTree(told.out()).spliterator(), false).toList();
    }

    private static boolean isRunning(JsonNode member) {
        return member.get("running").asBoolean();
    }

    private static ProcessHandle process(JsonNode member) {
        return ProcessHandle.of(member.get("pid").asLong()).orElseThrow();
    }

    /// Those that were started for a node in the folder.
    private Stream<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("" + folder));
    }

    private Command cli(String... arguments) throws Exception {
        List<String> line =
                Stream.concat(Stream.of(Distribution.script().toString()), Stream.of(arguments))
                        .toList();
        return Command.run(folder, Map.of("STAGEDPIPE_BASE", folder.toString()), line);
    }
}
