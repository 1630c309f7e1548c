package org.stagedpipe.console.command;

/// The command line, or a file named on it, cannot be used. The text says what was given and what was expected.
public final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// With that text.
    public UsageException(String text) {
        super(text);
    }
}
