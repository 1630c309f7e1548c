package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;

/// The errors after which the process cannot be trusted any longer.
final class Fatal {

    private static final int MAX_CAUSES = 100; // a chain may be a ring

    private Fatal() {}

    /// The error of the virtual machine in a chain of causes, null if there is none; a recursion that was too deep is over.
    static @Nullable VirtualMachineError in(Throwable thrown) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof VirtualMachineError fatal
                    && !(fatal instanceof StackOverflowError)) {
                return fatal;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
