package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;

/// Makes faults of what was thrown.
final class Faults {

    private Faults() {}

    /// The fault of a request that ended with that error in that stage.
    static Fault of(Throwable error, Fault.Kind kind, @Nullable String stage, int attempt) {
        return error instanceof FaultException chosen
                ? new Fault(chosen.kind(), stage, attempt, chosen.text(), chosen.isRetryable())
                : new Fault(kind, stage, attempt, text(error), false);
    }

    /// Whether the process cannot be trusted any longer. A recursion that was too deep is over, and the JDK throws an InternalError also where
    /// it has nothing to do with the machine, as for a mapped file that was cut.
    static boolean isFatal(Throwable error) {
        return error instanceof VirtualMachineError
                && !(error instanceof StackOverflowError)
                && !(error instanceof InternalError);
    }

    /// Class and message; never empty.
    static String text(Throwable error) {
        String name = error.getClass().getSimpleName();
        if (name.isEmpty()) {
            name = error.getClass().getName().replaceFirst(".*\\.", "");
        }
        String message = message(error);
        return message == null || message.isBlank() ? name : name + ": " + message;
    }

    private static @Nullable String message(Throwable error) {
        try {
            return error.getMessage();
        } catch (Throwable e) { // the author's own getMessage() failed; the name says enough
            return null;
        }
    }
}
