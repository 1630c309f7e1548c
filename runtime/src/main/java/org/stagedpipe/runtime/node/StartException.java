package org.stagedpipe.runtime.node;

/// A node cannot start. The text is one line for the operator: what was wrong and what was expected.
public final class StartException extends Exception {

    private static final long serialVersionUID = 1L;

    /// With that text; of more lines the first is kept.
    public StartException(String text) {
        super(text.lines().findFirst().orElse(""));
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
