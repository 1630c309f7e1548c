package org.stagedpipe.transport;

import org.jspecify.annotations.Nullable;

/// A call that failed, or its refusal: a kind for programs and a text for persons. It crosses the wire as these two.
public final class CallException extends Exception {

    private static final long serialVersionUID = 1L;

    /// Who acts on a failed call.
    public enum Kind {
        /// The caller: the request breaks the rules of its conversation.
        INVALID,
        /// The caller: it names what does not exist.
        NOT_FOUND,
        /// The caller: it makes what exists already.
        EXISTS,
        /// The caller or the operator: what was asked is not possible in the present state.
        REFUSED,
        /// The caller: it is not who may ask for this.
        NOT_PERMITTED,
        /// The caller, later: a limit is reached.
        BUSY,
        /// The caller, elsewhere or later: nobody answers there, or the node takes no work.
        UNREACHABLE,
        /// The caller, later: the answer did not come in time.
        TIMED_OUT,
        /// Nobody: one side gave the call up.
        CANCELLED,
        /// The caller, again: another change came first.
        CONFLICT,
        /// The maintainers: a bug.
        INTERNAL
    }

    private final Kind kind;
    private final boolean isAnswer;

    /// A failure of that kind.
    public CallException(Kind kind, String text) {
        this(kind, text, null, false);
    }

    /// A failure of that kind with its cause, which stays on this side of the wire.
    public CallException(Kind kind, String text, Throwable cause) {
        this(kind, text, cause, false);
    }

    private CallException(Kind kind, String text, @Nullable Throwable cause, boolean isAnswer) {
        super(text, cause);
        this.kind = kind;
        this.isAnswer = isAnswer;
    }

    /// What the callee said.
    static CallException answer(Kind kind, String text) {
        return new CallException(kind, text, null, true);
    }

    /// The same with the stack of whoever meets it now.
    public CallException again() {
        return new CallException(kind, getMessage(), this, isAnswer);
    }

    /// Who acts.
    public Kind kind() {
        return kind;
    }

    /// Whether the callee said it: then it lives, whatever it says. All else is made on this side, by the transport or by
    /// the program, and is no sign of life.
    public boolean isAnswer() {
        return isAnswer;
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
