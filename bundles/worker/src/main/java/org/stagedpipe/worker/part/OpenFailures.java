package org.stagedpipe.worker.part;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.worker.plugin.Texts;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Says in the log that plugins refuse groups: one line of each version in ten seconds, as clients may try again and again. Knows the last
/// versions only. Safe for use by many threads.
final class OpenFailures {

    private static final Logger LOG = LoggerFactory.getLogger(OpenFailures.class);
    private static final long PAUSE_NANOS = 10_000_000_000L;
    private static final int MAX_VERSIONS = 200;

    private final LongSupplier nanos;
    private final Map<PluginVersion, Said> said = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Said {
        private final long atNanos;
        private int unsaid;

        Said(long atNanos) {
            this.atNanos = atNanos;
        }
    }

    /// @param nanos monotonic
    OpenFailures(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// A group did not open.
    ///
    /// @param why has no secrets
    void log(PluginVersion version, String why) {
        String line = next(version, why);
        if (!line.isEmpty()) {
            LOG.warn("{}", line);
        }
    }

    /// What is to be said of it; empty if something was lately.
    synchronized String next(PluginVersion version, String why) {
        long now = nanos.getAsLong();
        Said last = said.get(version);
        if (last != null && now - last.atNanos < PAUSE_NANOS) {
            last.unsaid++;
            return "";
        }
        said.put(version, new Said(now));
        if (said.size() > MAX_VERSIONS) {
            said.remove(said.keySet().iterator().next());
        }
        String line = "a group of " + Texts.of(version) + " is refused: " + why;
        return last == null || last.unsaid == 0
                ? line
                : line + "; " + last.unsaid + " more were since it was said last";
    }
}
