package org.stagedpipe.api;

import java.util.Objects;

/// What a stage, or a hook around the stages, throws to choose its item's fault: the text as it is, without a class
/// name, and whether the same item may succeed later.
public final class FaultException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Fault.Kind kind;
    private final boolean retryable;

    /// A fault of that kind.
    ///
    /// @throws IllegalArgumentException if the text is blank
    public FaultException(Fault.Kind kind, String text, boolean retryable) {
        super(text);
        if (text.isBlank()) {
            throw new IllegalArgumentException(
                    "fault text: \"" + text + "\" (expected: not blank)");
        }
        this.kind = Objects.requireNonNull(kind, "kind");
        this.retryable = retryable;
    }

    /// A fault of a stage that comes again with the same item.
    public static FaultException permanent(String text) {
        return new FaultException(Fault.Kind.STAGE, text, false);
    }

    /// A fault of a stage that may be gone when the item runs again: a lost connection, a busy table.
    public static FaultException retryable(String text) {
        return new FaultException(Fault.Kind.STAGE, text, true);
    }

    /// Who acts on it.
    public Fault.Kind kind() {
        return kind;
    }

    /// Whether the same item may succeed later.
    public boolean isRetryable() {
        return retryable;
    }

    /// What happened, for a person.
    public String text() {
        return Objects.requireNonNull(getMessage());
    }
}
