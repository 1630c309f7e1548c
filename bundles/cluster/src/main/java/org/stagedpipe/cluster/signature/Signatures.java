package org.stagedpipe.cluster.signature;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The signatures of one bundle, each in Base64, newest first. Nobody who keeps them can tell which ones workers trust: one
/// that is added takes no other one's place.
public final class Signatures {

    private static final int MOST = 8;

    private Signatures() {}

    /// @throws IllegalArgumentException if one of them has no form of a signature
    public static List<String> checked(List<String> signatures) {
        for (String signature : signatures) {
            if (Base64.getDecoder().decode(signature).length != SigningKey.SIGNATURE_BYTES) {
                throw new IllegalArgumentException(
                        "signature: \""
                                + signature
                                + "\" (expected: "
                                + SigningKey.SIGNATURE_BYTES
                                + " bytes in Base64)");
            }
        }
        return List.copyOf(signatures);
    }

    /// The newest eight of them all.
    ///
    /// @param others newest first
    public static List<String> with(List<String> signatures, List<String> others) {
        List<String> all = new ArrayList<>(others);
        all.addAll(signatures);
        return all.stream().distinct().limit(MOST).toList();
    }
}
