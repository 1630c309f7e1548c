package org.stagedpipe.worker.secret;

import java.util.HashSet;
import java.util.Set;

/// Finds the secrets of all groups there ever were in a text as short as a name. Of each it keeps a number, not the secret. By any thread.
final class Fingerprints {

    private static final int MOST = 20_000;

    /// Each place of a text may be the beginning of a secret of any length, and a plugin chooses how long a name is.
    private static final int LONGEST_TEXT = 256;

    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    private final Set<Long> known = new HashSet<>(); // guarded by this
    private boolean isFull; // the same

    synchronized void add(String secret) {
        long number = 0;
        for (int i = 0; i < secret.length(); i++) {
            number = next(number, secret.charAt(i));
        }
        if (known.size() < MOST) {
            known.add(number);
        } else {
            isFull |= !known.contains(number);
        }
    }

    /// The text without them; nothing of it once there were more than it keeps, or if it is long: a cut one may show the beginning of a secret.
    synchronized String redacted(String text) {
        if (isFull) {
            return GroupSecrets.HIDDEN;
        }
        if (text.length() > LONGEST_TEXT) {
            return "(a long name)";
        }
        StringBuilder shown = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int end = endOfLongest(text, at);
            if (end == at) {
                shown.append(text.charAt(at++));
            } else {
                shown.append(GroupSecrets.HIDDEN);
                at = end;
            }
        }
        return shown.toString();
    }

    private int endOfLongest(String text, int from) {
        int end = from;
        long number = 0;
        for (int i = from; i < text.length(); i++) {
            number = next(number, text.charAt(i));
            end = known.contains(number) ? i + 1 : end;
        }
        return end;
    }

    private static long next(long number, char c) {
        long product = (number + c + 1) * FACTOR;
        return product ^ product >>> 32;
    }
}
