package org.stagedpipe.cluster;

/// A setting that cannot be used. The text is one line: where, which key, its value, what was expected.
public final class SettingsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// With that text.
    public SettingsException(String text) {
        super(text);
    }
}
