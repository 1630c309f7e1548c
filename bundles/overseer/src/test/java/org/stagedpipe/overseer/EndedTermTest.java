package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What an operator asked for while the term ended, in a process that has the lead again: the store takes its writes, but the
/// nodes listen to the next term, which has read the store already.
class EndedTermTest {

    private static final Duration LEASE = Duration.ofSeconds(3);

    @TempDir private Path folder;
    private EnsembleStore store;
    private Nodes ended;

    @BeforeEach
    void end() throws Exception {
        store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        store.cordoned(Set.of("w1"));
        ended =
                new Nodes(
                        new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                        Set.of(),
                        System::nanoTime,
                        () -> 0);
        ended.close();
    }

    @Test
    void aCordonIsNotAcknowledged() throws Exception {
        Cordons cordons = new Cordons(store, ended);
        assertRefused(() -> cordons.set("w1", false));
        assertRefused(() -> cordons.set("w1", true)); // as it is in the store
        assertEquals(Set.of("w1"), store.cordoned());
    }

    @Test
    void aCancelIsNotAcknowledged() throws Exception {
        Cancels cancels = new Cancels(store, ended, () -> 1);
        assertRefused(() -> cancels.order(ByteString.copyFrom(new byte[16]), "enough"));
        assertEquals(List.of(), store.cancellations());
    }

    private static void assertRefused(Executable change) {
        assertEquals(Kind.UNREACHABLE, assertThrows(CallException.class, change).kind());
    }
}
