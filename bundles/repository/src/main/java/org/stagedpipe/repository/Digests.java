package org.stagedpipe.repository;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// SHA-256, as every Java has it.
final class Digests {

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
