package org.stagedpipe.console.command;

/// A new version was tried and did not stay.
final class RolledBackException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /// @param text why
    RolledBackException(String text) {
        super(text);
    }
}
