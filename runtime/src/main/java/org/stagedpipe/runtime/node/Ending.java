package org.stagedpipe.runtime.node;

import java.util.Arrays;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// How the process of a node ends: as the launcher means it, then the node stops first, or because something else calls
/// `System.exit`. That ends it at once: a stage that calls it would take its worker away as an operator does, and its item would
/// not count as the one that did it.
final class Ending {

    private static final int FAILED = 1;

    /// The JDK tells it of each call of `System.exit`, with the stack. Held, or the setting is collected with the logger.
    private static final Logger CALLS = Logger.getLogger("java.lang.Runtime");

    private volatile int overdue = FAILED;
    private volatile boolean isMeant;
    private volatile String call = "something called System.exit";

    /// From here on it is known who calls `System.exit`.
    void watch() {
        CALLS.setUseParentHandlers(false);
        CALLS.setLevel(Level.FINE);
        CALLS.addHandler(new Calls());
    }

    /// The process ends next, by whatever means.
    void mean() {
        isMeant = true;
    }

    /// Ends the process.
    void exit(int status) {
        overdue = Math.max(FAILED, status);
        isMeant = true;
        System.exit(status);
    }

    /// To be called when the process ends, before anything is stopped: does not return if nobody meant it.
    void check() {
        if (!isMeant) {
            System.err.println("stagedpipe: " + call + ", the node ends without a stop");
            Runtime.getRuntime().halt(FAILED);
        }
    }

    /// The process's status if its stop does not end.
    int overdue() {
        return overdue;
    }

    /// On the thread of the call, before anything has ended.
    private final class Calls extends Handler {

        @Override
        public void publish(LogRecord record) {
            Throwable stack = record.getThrown();
            if (stack != null && !isMeant) {
                Arrays.stream(stack.getStackTrace())
                        .filter(frame -> !frame.getClassName().startsWith("java.lang."))
                        .findFirst()
                        .ifPresent(frame -> call = frame + " called " + stack.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
