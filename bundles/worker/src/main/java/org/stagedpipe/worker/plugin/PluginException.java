package org.stagedpipe.worker.plugin;

import java.io.IOException;
import java.util.zip.ZipException;

/// A version of a plugin that is not to be had on this worker; the text is for a person.
public final class PluginException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;
    private final boolean recoverable;

    /// The version itself is at fault, or does not exist.
    public PluginException(String text) {
        this(text, false);
    }

    /// @param retryable whether nothing but the moment is at fault: no overseer answers, say
    public PluginException(String text, boolean retryable) {
        this(text, retryable, retryable);
    }

    private PluginException(String text, boolean retryable, boolean recoverable) {
        super(text);
        this.retryable = retryable;
        this.recoverable = recoverable;
    }

    /// Nobody has its bundle: who asks is told so at once, though somebody may put it back.
    static PluginException missing(String text) {
        return new PluginException(text, false, true);
    }

    /// What the container threw when it took a bundle in: a full disk passes, a broken zip file does not.
    static PluginException notInstalled(String name, Exception thrown) {
        String text = name + " cannot be installed: " + Texts.of(thrown);
        Throwable disk = Causes.find(thrown, PluginException::mayPass);
        return disk == null
                ? new PluginException(text)
                : new PluginException(disk == thrown ? text : text + ": " + Texts.of(disk), true);
    }

    private static boolean mayPass(Throwable cause) {
        return cause instanceof IOException && !(cause instanceof ZipException);
    }

    /// The same failure, which may pass for that reason.
    PluginException passing(String why) {
        return new PluginException(getMessage() + "; " + why, true);
    }

    /// Whether the same may succeed later.
    public boolean isRetryable() {
        return retryable;
    }

    /// Whether whoever is to have that version tries again by itself.
    boolean isRecoverable() {
        return recoverable;
    }

    /// The text, never null.
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
