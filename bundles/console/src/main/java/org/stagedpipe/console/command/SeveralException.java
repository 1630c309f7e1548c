package org.stagedpipe.console.command;

import java.util.List;

/// Some of what a command was to do failed.
final class SeveralException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<Exception> failures;
    private final boolean isPartly;

    /// @param failures each says of what
    /// @param isPartly whether something else is done
    SeveralException(List<? extends Exception> failures, boolean isPartly) {
        super(failures.size() + " failed", failures.getFirst());
        this.failures = List.copyOf(failures);
        this.isPartly = isPartly;
    }

    List<Exception> failures() {
        return failures;
    }

    boolean isPartly() {
        return isPartly;
    }
}
