package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/// Model checks operations of two threads against a model that knows no threads.
final class Linearizable {

    private Linearizable() {}

    /// @param scenarios as few as find the canary
    static void check(Class<?> checked, Class<?> model, int scenarios) {
        options(scenarios).sequentialSpecification(model).check(checked);
    }

    /// A canary is a model with a plausible fault: a check that does not find it would find nothing. So both search alike.
    static void finds(Class<?> canary, Class<?> model, int scenarios) {
        var options = options(scenarios).sequentialSpecification(model);
        assertThrows(LincheckAssertionError.class, () -> options.check(canary));
    }

    private static ModelCheckingOptions options(int scenarios) {
        return new ModelCheckingOptions()
                .iterations(scenarios)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .minimizeFailedScenario(false)
                .actorsAfter(1);
    }
}
