package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;

/// The errors after which the process cannot be trusted any longer.
final class Fatal {

    private Fatal() {}

    /// The error of the virtual machine in a chain of causes, null if there is none; a recursion that was too deep is over,
    /// and an InternalError is also what the JDK throws for a mapped file that was cut.
    static @Nullable VirtualMachineError in(Throwable thrown) {
        return (VirtualMachineError) Causes.find(thrown, Fatal::isFatal);
    }

    private static boolean isFatal(Throwable cause) {
        return cause instanceof VirtualMachineError
                && !(cause instanceof StackOverflowError)
                && !(cause instanceof InternalError);
    }
}
