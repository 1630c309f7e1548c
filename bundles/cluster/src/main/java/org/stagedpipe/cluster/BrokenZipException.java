package org.stagedpipe.cluster;

import java.util.zip.ZipException;

/// A zip file that breaks a rule for bundles. The text is one line: what was found, what was expected.
public final class BrokenZipException extends ZipException {

    private static final long serialVersionUID = 1L;

    BrokenZipException(String found, String expected) {
        super(found + " (expected: " + expected + ")");
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
