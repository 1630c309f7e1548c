package org.stagedpipe.api;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// What a stage, or a hook around the stages, throws to choose its item's fault: the text as it is, without a class
/// name, and whether the same item may succeed later.
public final class FaultException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final String NO_TEXT = "(no text)";

    private final Fault.Kind kind;
    private final boolean retryable;

    /// A fault of that kind.
    ///
    /// @param text what happened, for a person; "(no text)" if it is blank or null, as the message of an exception may be
    public FaultException(Fault.Kind kind, @Nullable String text, boolean retryable) {
        super(text == null || text.isBlank() ? NO_TEXT : text);
        this.kind = Objects.requireNonNull(kind, "kind");
        this.retryable = retryable;
    }

    /// A fault of a stage that comes again with the same item.
    public static FaultException permanent(@Nullable String text) {
        return new FaultException(Fault.Kind.STAGE, text, false);
    }

    /// A fault of a stage that may be gone when the item runs again: a lost connection, a busy table.
    public static FaultException retryable(@Nullable String text) {
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
