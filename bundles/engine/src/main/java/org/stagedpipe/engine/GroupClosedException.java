package org.stagedpipe.engine;

/// A request was submitted to a group that takes no more: it was finished, cancelled or closed.
public final class GroupClosedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    GroupClosedException(String text) {
        super(text);
    }
}
