package org.stagedpipe.birdstrikes;

/// A line of the file as it stands there.
///
/// @param number its number in the file; the header is number 1, so data starts with 2
/// @param text the line without its end
public record Line(int number, String text) {

    /// Takes off the end of the line, should it be there.
    ///
    /// @throws IllegalArgumentException if there is no text
    public Line {
        if (text == null) {
            throw new IllegalArgumentException(
                    "line " + number + ": no text (expected: {\"number\":17,\"text\":\"...\"})");
        }
        while (text.endsWith("\r") || text.endsWith("\n")) {
            text = text.substring(0, text.length() - 1);
        }
    }
}
