package org.stagedpipe.worker.plugin;

/// A version of a plugin that is not to be had on this worker; the text is for a person.
public final class PluginException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    /// The version itself is at fault, or does not exist.
    public PluginException(String text) {
        this(text, false);
    }

    /// @param retryable whether nothing but the moment is at fault: no overseer answers, say
    public PluginException(String text, boolean retryable) {
        super(text);
        this.retryable = retryable;
    }

    /// Whether the same may succeed later.
    public boolean isRetryable() {
        return retryable;
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
