package org.stagedpipe.cluster.catalogue;

/// An operator's order to end a group, wherever it is.
///
/// @param group its 16 bytes, hexadecimal
/// @param orderedMs since 1970, UTC
/// @param reason shown to the client; one line of at most 1,000 characters
public record Cancellation(String group, long orderedMs, String reason) {

    /// The longest reason, in characters.
    public static final int MAX_REASON = 1_000;

    private static final String GROUP = "[0-9a-f]{32}";

    /// @throws IllegalArgumentException if one of them is anything else
    public Cancellation {
        if (!group.matches(GROUP)) {
            throw new IllegalArgumentException("group: \"" + group + "\" (expected: 32 digits)");
        }
        if (reason.length() > MAX_REASON || reason.lines().count() > 1) {
            throw new IllegalArgumentException(
                    "reason: "
                            + reason.length()
                            + " characters (expected: one line, at most "
                            + MAX_REASON
                            + ")");
        }
    }
}
