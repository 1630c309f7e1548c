package org.stagedpipe.repository;

import org.stagedpipe.cluster.BrokenZipException;

/// A bundle that is not accepted. The text is one line: which file, what was found, what was expected.
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    /// @param file as the operator named it
    public RefusedException(String file, String found, String expected) {
        super(file + ": " + found + " (expected: " + expected + ")");
    }

    RefusedException(String file, BrokenZipException broken) {
        super(file + ": " + broken.getMessage());
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
