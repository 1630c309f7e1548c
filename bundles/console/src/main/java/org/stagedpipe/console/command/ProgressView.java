package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.RolloutEntry;

import java.io.PrintStream;
import java.time.Instant;

/// Shows a person how a change goes: a bar on a terminal, otherwise a line for each step and each quarter of an upload.
class ProgressView implements PublishListener {

    private static final int BAR_WIDTH = 30;
    private static final int PLAIN_PARTS = 4;
    private static final String CLEAR_LINE = "\r\u001b[K";

    // What is wider than the terminal is cut: of two lines only one would be cleared.
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";

    private final PrintStream err;
    private final boolean isTerminal;
    private final boolean isQuiet;
    private boolean isBarOpen;
    private int partShown = -1;
    private String rolloutShown = "";
    private volatile String left = ""; // what the change does that nobody waits for any more

    ProgressView(ConsoleContext context) {
        err = context.io().err();
        isTerminal = context.io().isErrTerminal();
        isQuiet = context.isQuiet();
    }

    /// Another change is shown from now on.
    void another() {
        partShown = -1;
        left = "";
    }

    @Override
    public void uploaded(long bytes, long size) {
        if (isQuiet) {
            return;
        }
        if (isTerminal) {
            bar("upload", bytes, size, Values.bytes(bytes) + " of " + Values.bytes(size));
            return;
        }
        int part = (int) (bytes * PLAIN_PARTS / size);
        if (part != partShown) { // a lower one at an overseer that has nothing of it
            partShown = part;
            line("upload: " + Values.bytes(bytes) + " of " + Values.bytes(size));
        }
    }

    @Override
    public void asked() {
        left = "may go on";
    }

    @Override
    public void step(Progress progress) {
        left = "goes on";
        if (isQuiet || (progress.getStep().isEmpty() && progress.getText().isEmpty())) {
            return;
        }
        boolean isCounting = progress.getTotal() > 0;
        if (isTerminal && isCounting && progress.getDone() < progress.getTotal()) {
            bar(progress.getStep(), progress.getDone(), progress.getTotal(), progress.getText());
            return;
        }
        String count =
                isCounting ? " (" + progress.getDone() + " of " + progress.getTotal() + ")" : "";
        line(progress.getStep() + ": " + progress.getText() + count);
    }

    /// A rollout is so far: a bar that moves, or a line when its state, its step or the quarter of its step is another one.
    void rollout(RolloutEntry rollout) {
        if (isQuiet) {
            return;
        }
        RolloutPace pace = RolloutPace.of(rollout, Instant.now());
        if (isTerminal) {
            bar("rollout", pace.done(), pace.total(), pace.brief());
        } else if (!pace.mark().equals(rolloutShown)) {
            rolloutShown = pace.mark();
            line(pace.line());
        }
    }

    /// Whether anybody reads what is shown; if not, nothing more is to be waited for.
    boolean isRead() {
        return true;
    }

    /// What is no step.
    void say(String text) {
        if (!isQuiet) {
            line(text);
        }
    }

    /// Nobody waits for the change any more; says so if it goes on. Also by a [LastWord].
    ///
    /// @param see the commands that show what becomes of it
    void leave(String see) {
        if (!left.isEmpty()) {
            say("the change " + left + ": see " + see);
        }
    }

    /// Leaves the cursor at the start of a line, whatever comes next.
    void end() {
        if (isBarOpen) {
            err.print(CLEAR_LINE);
            err.flush();
            isBarOpen = false;
        }
    }

    private void line(String text) {
        end();
        err.println(Values.plain(text));
        err.flush();
    }

    private void bar(String step, long done, long total, String text) {
        int filled = (int) (BAR_WIDTH * done / total);
        err.print(
                NO_WRAP
                        + CLEAR_LINE
                        + step
                        + " ["
                        + "#".repeat(filled)
                        + ".".repeat(BAR_WIDTH - filled)
                        + "] "
                        + Values.plain(text)
                        + WRAP);
        err.flush();
        isBarOpen = true;
    }
}
