package org.stagedpipe.runtime.demo;

import org.stagedpipe.console.command.ConsoleIo;

import java.io.PrintStream;
import java.util.Locale;

/// How the demo goes, for a person: a bar on a terminal, otherwise a line for each tenth. Safe for use by many threads.
final class DemoProgress {

    private static final int BAR_WIDTH = 40;
    private static final int PLAIN_PARTS = 10;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintStream err;
    private final boolean isTerminal;
    private final boolean isQuiet;
    private final long startNanos = System.nanoTime();
    private int partShown;
    private String bar = "";

    DemoProgress(ConsoleIo io, boolean isQuiet) {
        this.err = io.err();
        this.isTerminal = io.isErrTerminal();
        this.isQuiet = isQuiet;
    }

    /// So many rows have their outcome.
    synchronized void rows(long done, long total) {
        if (isQuiet) {
            return;
        }
        String count = String.format(Locale.ROOT, "%,d of %,d rows", done, total);
        if (isTerminal) {
            int filled = (int) (BAR_WIDTH * done / total);
            bar = "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "] " + count;
            err.print(CLEAR_LINE + bar);
            err.flush();
            return;
        }
        int part = (int) (PLAIN_PARTS * done / total);
        if (part > partShown) {
            partShown = part;
            note(count);
        }
    }

    /// Something happened.
    synchronized void note(String text) {
        if (isQuiet) {
            return;
        }
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        String line = String.format(Locale.ROOT, "%5.1f s  %s", seconds, text);
        err.println(bar.isEmpty() ? line : CLEAR_LINE + line);
        err.print(bar);
        err.flush();
    }

    /// The bar has had its day.
    synchronized void end() {
        if (!bar.isEmpty()) {
            err.println();
            bar = "";
        }
    }
}
