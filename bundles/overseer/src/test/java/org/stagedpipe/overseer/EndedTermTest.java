package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What an operator asked for while the term ended, in a process that has the lead again: the nodes listen to the next term,
/// which has read the store already. Here the store takes its writes.
class EndedTermTest {

    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final ByteString GROUP = ByteString.copyFrom(new byte[16]);

    @TempDir private Path folder;
    private EnsembleStore store;
    private Nodes nodes;

    @BeforeEach
    void end() throws Exception {
        store = new EnsembleStore(InMemoryEnsembles.usurp(folder.toString()));
        store.cordoned(Set.of("w1"));
        nodes =
                new Nodes(
                        new Nodes.Terms("o1", 1, LEASE, LEASE.dividedBy(3), List::of),
                        Set.of(),
                        System::nanoTime,
                        () -> 0);
    }

    @Test
    void aCordonIsNotAcknowledged() throws Exception {
        nodes.close();
        Cordons cordons = new Cordons(store, nodes);
        assertRefused(() -> cordons.set("w1", false));
        assertRefused(() -> cordons.set("w1", true)); // as it is in the store
        assertEquals(Set.of("w1"), store.cordoned());
    }

    @Test
    void aCancelIsNotAcknowledged() throws Exception {
        nodes.close();
        Cancels cancels = new Cancels(store, nodes, () -> 1);
        assertRefused(() -> cancels.order(GROUP, "enough"));
        assertEquals(List.of(), store.cancellations());
    }

    @Test
    void aCordonThatIsWrittenAsTheTermEndsIsNotAcknowledgedEither() throws Exception {
        Store ending = endingWithAWrite();
        assertRefused(() -> new Cordons(ending, nodes).set("w1", false));
        assertEquals(Set.of(), store.cordoned());
    }

    @Test
    void aCancelThatIsWrittenAsTheTermEndsIsNotAcknowledgedEither() throws Exception {
        Store ending = endingWithAWrite();
        assertRefused(() -> new Cancels(ending, nodes, () -> 1).order(GROUP, "enough"));
        assertEquals(1, store.cancellations().size());
    }

    /// That store, with which the term ends as soon as something was written.
    private Store endingWithAWrite() {
        return (Store)
                Proxy.newProxyInstance(
                        Store.class.getClassLoader(),
                        new Class<?>[] {Store.class},
                        (proxy, method, arguments) -> {
                            Object answer = method.invoke(store, arguments);
                            if (arguments != null) { // what reads has none
                                nodes.close();
                            }
                            return answer;
                        });
    }

    private static void assertRefused(Executable change) {
        assertEquals(Kind.UNREACHABLE, assertThrows(CallException.class, change).kind());
    }
}
