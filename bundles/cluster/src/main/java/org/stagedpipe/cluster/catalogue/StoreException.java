package org.stagedpipe.cluster.catalogue;

/// The store cannot do what was asked; nothing was changed, as far as it knows. The text is one line.
public final class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    /// With that text.
    public StoreException(String text) {
        super(text);
    }

    /// With its cause.
    public StoreException(String text, Throwable cause) {
        super(text, cause);
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
