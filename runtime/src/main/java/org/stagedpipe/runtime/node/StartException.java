package org.stagedpipe.runtime.node;

import java.nio.file.Path;

/// A node cannot start. The text is one line for the operator: what was wrong and what was expected.
public final class StartException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /// Less than what a container keeps of its bundles.
    private static final long FULL_BYTES = 1 << 20;

    private final int status;

    /// With that text; of more lines the first is kept.
    public StartException(String text) {
        this(text, FAILED);
    }

    private StartException(String text, int status) {
        super(text.lines().findFirst().orElse(""));
        this.status = status;
    }

    /// That the command line is wrong: no use to start the same again.
    static StartException usage(String text) {
        return new StartException(text, USAGE);
    }

    /// With what failed and what it came from, which a container keeps to the cause; and the disk, if that is full.
    ///
    /// @param freeBytes where the data folder is
    static StartException of(Exception e, Path data, long freeBytes) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String text = String.valueOf(e.getMessage());
        String why = root.getMessage() == null ? root.toString() : root.getMessage();
        return new StartException(
                text
                        + (text.contains(why) ? "" : ": " + why)
                        + (freeBytes < FULL_BYTES
                                ? "; " + data + ": " + freeBytes + " bytes are free on its disk"
                                : ""));
    }

    /// Of the process that it ends.
    int status() {
        return status;
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
