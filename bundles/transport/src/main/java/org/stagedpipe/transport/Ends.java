package org.stagedpipe.transport;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// When certificates end. For one thread at a time.
final class Ends {

    private static final Duration WARN_BEFORE = Duration.ofDays(14);

    private final List<End> all = new ArrayList<>();

    private record End(Instant at, String whose) {

        String warning(Instant now) {
            return whose
                    + (now.isBefore(at)
                            ? " ends at " + at + " (expected: a new one two weeks before)"
                            : " has ended at " + at + " (expected: a new one, and not this one)");
        }
    }

    /// @param file that holds them
    void add(Path file, List<X509Certificate> certificates) {
        for (X509Certificate one : certificates) {
            String whose = file + ": the certificate of " + one.getSubjectX500Principal();
            all.add(new End(one.getNotAfter().toInstant(), whose));
        }
    }

    /// One for each certificate that ends soon or has ended.
    List<String> warnings(Instant now) {
        return all.stream()
                .filter(end -> !now.isBefore(end.at().minus(WARN_BEFORE)))
                .map(end -> end.warning(now))
                .toList();
    }
}
