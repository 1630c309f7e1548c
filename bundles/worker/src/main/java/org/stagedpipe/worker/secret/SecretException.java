package org.stagedpipe.worker.secret;

/// A secret that is not to be had; the text is for the client and has nothing of any.
public final class SecretException extends Exception {

    private static final long serialVersionUID = 1L;

    SecretException(String text) {
        super(text);
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
