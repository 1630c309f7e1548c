package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Set;

/// Whether a caller looks for another overseer when the store fails.
class FailuresTest {

    private final CatalogueFormat format = new CatalogueFormat();

    @Test
    void anotherOneIsLookedForIfThisOneHasLostTheLead() {
        Ensemble before = InMemoryEnsembles.usurp("FailuresTest.lead");
        InMemoryEnsembles.usurp("FailuresTest.lead");
        assertEquals(Kind.UNREACHABLE, kind(() -> before.write("fish", -1, "{}")));
    }

    @Test
    void aValueThatCannotBeReadIsTheSameForAll() {
        assertEquals(Kind.REFUSED, kind(() -> format.read("{\"format\":1}", "plugin.fish")));
        assertEquals(Kind.REFUSED, kind(() -> format.read("{", "plugin.fish")));
        assertEquals(Kind.REFUSED, kind(() -> format.index("no", "catalogue")));
    }

    @Test
    void aValueThatAnotherWriteChangesIsTheSameForAll() {
        Ensemble ensemble = InMemoryEnsembles.usurp("FailuresTest.busy");
        ShakyEnsemble busy = new ShakyEnsemble(ensemble);
        busy.meanwhile(() -> {
            try {
                ensemble.write("cordoned", -1, "w2");
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(
                Kind.REFUSED,
                kind(() -> {
                    new EnsembleStore(busy).cordoned(Set.of("w1"));
                    return true;
                }));
    }

    private static Kind kind(Failures.Question<?> question) {
        return assertThrows(CallException.class, () -> Failures.told(question)).kind();
    }
}
