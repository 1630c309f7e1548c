package org.stagedpipe.runtime.node;

/// A node cannot start. The text is one line for the operator: what was wrong and what was expected.
public final class StartException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

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
