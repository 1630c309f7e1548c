package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.Nullable;

/// The store cannot do what was asked; nothing was changed, as far as it knows. The text is one line.
public final class StoreException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean isOfValue;

    /// With that text.
    public StoreException(String text) {
        this(text, null, false);
    }

    /// With its cause.
    public StoreException(String text, Throwable cause) {
        this(text, cause, false);
    }

    private StoreException(String text, @Nullable Throwable cause, boolean isOfValue) {
        super(text, cause);
        this.isOfValue = isOfValue;
    }

    /// One that is about a value.
    public static StoreException ofValue(String text) {
        return new StoreException(text, null, true);
    }

    /// The same with its cause.
    public static StoreException ofValue(String text, Throwable cause) {
        return new StoreException(text, cause, true);
    }

    /// Whether it is about what is stored, or was to be: then whoever else asks meets it too. Otherwise it is about the way to
    /// the store, or about the lead.
    public boolean isOfValue() {
        return isOfValue;
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
