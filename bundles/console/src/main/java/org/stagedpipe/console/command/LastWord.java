package org.stagedpipe.console.command;

/// What a command still says when its process is ended from outside, by Ctrl-C say, while the block runs that this was made
/// for.
public final class LastWord implements AutoCloseable {

    private final Thread hook;

    /// From now on.
    ///
    /// @param word by a thread of its own, beside all others; short
    public LastWord(Runnable word) {
        hook = Thread.ofPlatform().name("last-word").unstarted(word);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending already
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending: the word is said
        }
    }
}
