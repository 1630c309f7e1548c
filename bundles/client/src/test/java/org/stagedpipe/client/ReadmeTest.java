package org.stagedpipe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.api.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Keeps the program in the README that goes on with a group true.
@Timeout(60)
class ReadmeTest {

    private static final int MANY = 5_000; // more than the window holds

    private final List<Outcome<byte[]>> outcomes = new ArrayList<>();
    private String stored = "";

    @Test
    void theProgramThatGoesOnTakesWhatTheOneBeforeHadNotTaken() throws Exception {
        List<byte[]> items = Collections.nCopies(MANY, new byte[1]);
        String plugin = "echo";
        String json = "{}";
        try (Cluster at = Cluster.that(Cluster::echo)) {
            StagedpipeClient cluster = StagedpipeClient.connect(at.address());
            try (Group group = cluster.group(plugin).configuration(json).open()) {
                group.submitAll(items.subList(0, 10));
                group.take();
                stored = group.token().toString();
            }
            goOn(cluster, plugin, json, items);
        }
        assertEquals(MANY - 1, outcomes.size());
        assertTrue(ResumeToken.parse(stored).isDone(MANY - 1));
    }

    @Test
    void theProgramThatGoesOnEndsWhenItsItemsDo() throws Exception {
        List<byte[]> broken =
                new AbstractList<>() {
                    @Override
                    public byte[] get(int index) {
                        if (index == 5) {
                            throw new IllegalStateException("broken");
                        }
                        return new byte[1];
                    }

                    @Override
                    public int size() {
                        return MANY;
                    }
                };
        try (Cluster at = Cluster.that(Cluster::echo)) {
            StagedpipeClient cluster = StagedpipeClient.connect(at.address());
            try (Group group = cluster.group("echo").open()) {
                stored = group.token().toString();
            }
            ExecutionException said =
                    assertThrows(
                            ExecutionException.class, () -> goOn(cluster, "echo", "{}", broken));
            assertEquals("java.lang.IllegalStateException: broken", said.getMessage());
        }
        assertEquals(5, outcomes.size());
    }

    private void goOn(StagedpipeClient cluster, String plugin, String json, List<byte[]> items)
            throws InterruptedException, ExecutionException {
        ResumeToken token = ResumeToken.parse(stored);
        try (Group group = cluster.group(plugin).configuration(json).resume(token).open()) {
            store(group.token());
            FutureTask<Void> submitter =
                    new FutureTask<>(() -> {
                        try {
                            for (int sequence = 0; sequence < items.size(); sequence++) {
                                if (!token.isDone(sequence)) {
                                    group.submit(items.get(sequence)); // gets that very sequence
                                }
                            }
                            group.finish();
                            return null;
                        } catch (Exception e) {
                            group.cancel(e.toString()); // or nobody would end it
                            throw e;
                        }
                    });
            Thread.startVirtualThread(submitter);
            for (Outcome<byte[]> outcome : group) {
                storeTogether(outcome, group.token());
            }
            submitter.get(); // throws what ended it
        }
    }

    private void store(ResumeToken token) {
        stored = token.toString();
    }

    private void storeTogether(Outcome<byte[]> outcome, ResumeToken token) {
        outcomes.add(outcome);
        store(token);
    }

    @Test
    void theReadmesProgramIsTheOneThatIsTested() throws IOException {
        String source =
                Files.readString(Path.of("src/test/java/org/stagedpipe/client/ReadmeTest.java"));
        int begin = source.indexOf("        ResumeToken token = ");
        String program = source.substring(begin, source.indexOf("\n    }\n", begin)).stripIndent();
        assertTrue(Files.readString(Path.of("README.md")).contains(program), program);
    }
}
