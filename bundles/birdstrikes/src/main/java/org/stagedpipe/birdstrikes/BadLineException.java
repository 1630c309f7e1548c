package org.stagedpipe.birdstrikes;

/// A line that is no report of a strike. It fails its item, of which nothing is loaded; the text names the line and
/// repeats it, so that its sender can mend it and send the item again.
public final class BadLineException extends Exception {

    private static final long serialVersionUID = 1;
    private static final int SHOWN_CHARS = 200;

    BadLineException(Line line, String problem) {
        super("line " + line.number() + ": " + problem + " in: " + shown(line.text()));
    }

    private static String shown(String text) {
        return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "...";
    }
}
