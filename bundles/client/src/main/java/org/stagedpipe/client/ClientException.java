package org.stagedpipe.client;

import org.stagedpipe.transport.CallException;

/// A group that could not be opened or did not end well, or an item that was refused: a kind for programs and one line
/// for persons.
public final class ClientException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final CallException.Kind kind;

    ClientException(CallException.Kind kind, String text) {
        super(text);
        this.kind = kind;
    }

    ClientException(CallException.Kind kind, String text, Throwable cause) {
        super(text, cause);
        this.kind = kind;
    }

    /// The same for another thread, whose stack it then shows.
    ClientException again() {
        return new ClientException(kind, getMessage(), this);
    }

    /// Who acts on it.
    public CallException.Kind kind() {
        return kind;
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    static ClientException tooLarge(String title, long bytes, long most) {
        return new ClientException(
                CallException.Kind.INVALID,
                title + ": an item of " + bytes + " bytes (expected: at most " + most + ")");
    }
}
