package org.stagedpipe.cluster.catalogue;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Who made which versions of a catalogue. Numbers of versions do not tell the histories of two stores apart, one of which was
/// restored from a backup, say: this does.
///
/// @param origins by the first version that it made, each leader's term: a random number other than 0; the last of them only
public record Lineage(NavigableMap<Long, Long> origins) {

    /// Nothing is known.
    public static final Lineage NONE = new Lineage(new TreeMap<>());

    private static final int MOST = 64;

    /// Keeps a copy.
    public Lineage {
        origins = Collections.unmodifiableNavigableMap(new TreeMap<>(origins));
    }

    /// Who made that version; 0 if that is not known, or not any more.
    public long of(long version) {
        Map.Entry<Long, Long> last = origins.floorEntry(version);
        return last == null ? 0 : last.getValue();
    }

    /// With a version after all others.
    ///
    /// @param origin who makes it, 0 if that is not known
    public Lineage with(long version, long origin) {
        if (of(version) == origin) {
            return this;
        }
        TreeMap<Long, Long> next = new TreeMap<>(origins);
        next.put(version, origin);
        while (next.size() > MOST) {
            next.pollFirstEntry();
        }
        return new Lineage(next);
    }

    /// Whether a version may be of this history.
    ///
    /// @param origin who made it, 0 if that is not known
    public boolean admits(long version, long origin) {
        long known = of(version);
        return origin == 0 || known == 0 || origin == known;
    }
}
