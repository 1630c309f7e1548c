package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/// Model checks operations of two threads against a model that knows no threads.
final class Linearizable {

    private Linearizable() {}

    static void check(Class<?> checked, Class<?> model) {
        options(3, 2).sequentialSpecification(model).check(checked);
    }

    /// A canary is a model with a plausible fault: a check that does not find it would find nothing.
    static void finds(Class<?> canary, Class<?> model) {
        var options = options(20, 3).sequentialSpecification(model);
        assertThrows(LincheckAssertionError.class, () -> options.check(canary));
    }

    private static ModelCheckingOptions options(int iterations, int operations) {
        return new ModelCheckingOptions()
                .iterations(iterations)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(operations)
                .actorsBefore(1)
                .minimizeFailedScenario(false)
                .actorsAfter(1);
    }
}
