package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/// What an operator sees of a change.
class ConversationTest {

    @TempDir private Path data;

    @Test
    void anErrorInAChangeReachesTheOperatorWhoDoesNotWaitForEver() throws Exception {
        InMemoryEnsembles ensembles = new InMemoryEnsembles();
        AtomicReference<ShakyEnsemble> opened = new AtomicReference<>();
        try (TestOverseer cluster =
                TestOverseer.on(
                        (terms, gaveUp) -> {
                            opened.set(new ShakyEnsemble(ensembles.open(terms, gaveUp)));
                            return Objects.requireNonNull(opened.get());
                        },
                        data)) {
            Objects.requireNonNull(opened.get())
                    .meanwhile(() -> {
                        throw new StackOverflowError("too deep");
                    });
            CallException failure =
                    assertThrows(CallException.class, () -> cluster.operator.uninstall("fish"));
            assertEquals(Kind.INTERNAL, failure.kind()); // not TIMED_OUT
            assertEquals(
                    "internal error: java.lang.StackOverflowError: too deep", failure.getMessage());
        }
    }

    @Test
    void aChangeIsThroughAlsoIfWhatItLeadsToIsTooLargeToBeShown() {
        PluginEntry small = PluginEntry.newBuilder().setName("fish").build();
        PluginEntry large =
                PluginEntry.newBuilder().setName("f".repeat(Rpcs.MAX_MESSAGE_BYTES)).build();
        assertEquals(small, Conversation.done("rollback", small).getResult());
        Progress last = Conversation.done("rollback", large);
        assertEquals("done", last.getStep());
        assertFalse(last.hasResult());
    }
}
