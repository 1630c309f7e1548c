package org.stagedpipe.coordinator.letter;

/// What callers say, as logs and reports may have it. No state.
final class Said {

    private static final int MAX_NAME = 100;

    private Said() {}

    /// A name, cut and in one line.
    static String name(String said) {
        return cut(said, MAX_NAME);
    }

    /// Of what is longer the first characters; a control character is a question mark.
    static String cut(String said, int max) {
        int end = Math.min(said.length(), max);
        boolean isSplit = end > 0 && end < said.length() && isPair(said, end);
        return said.substring(0, isSplit ? end - 1 : end).replaceAll("\\p{Cntrl}", "?");
    }

    private static boolean isPair(String text, int at) {
        return Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
    }
}
