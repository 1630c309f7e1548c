package org.stagedpipe.birdstrikes;

import org.stagedpipe.api.FaultException;

/// The fault of an item with a line that is no report of a strike. Nothing of the item is loaded; the text names the
/// line and repeats it, so that its sender can mend it and send the item again.
final class BadLine {

    private static final int SHOWN_CHARS = 200;

    private BadLine() {}

    static FaultException of(Line line, String problem) {
        return FaultException.permanent(
                "line " + line.number() + ": " + problem + " in: " + shown(line.text()));
    }

    private static String shown(String text) {
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    }
}
