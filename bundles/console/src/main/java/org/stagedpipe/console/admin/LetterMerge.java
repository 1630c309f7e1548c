package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.LetterStream.Place;
import org.stagedpipe.transport.CallException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The letters that several coordinators keep of a group, as one sequence: by their times, but those of one key by their
/// sequences, as clocks differ, and those of one coordinator as it has them. Holds no item's bytes. For one thread; who makes it
/// closes it.
final class LetterMerge implements AutoCloseable {

    private static final Comparator<Head> BY_TIME =
            Comparator.<Head>comparingLong(head -> head.place.letter().getTimeMs())
                    .thenComparingLong(head -> head.place.sequence());

    private final Map<Long, Place> wanted;
    private final Map<Long, SortedSet<Long>> ahead = new HashMap<>(); // sequences, by key
    private final List<LetterStream> streams = new ArrayList<>();
    private final List<Head> heads = new ArrayList<>(); // of those that have not ended

    /// The next letter of a coordinator.
    record Head(LetterStream stream, Place place) {}

    /// @param wanted which ones, by sequence; others are passed over
    LetterMerge(Map<Long, Place> wanted) {
        this.wanted = wanted;
        for (Place place : wanted.values()) {
            if (place.letter().getKey() != 0) {
                ahead.computeIfAbsent(place.letter().getKey(), _ -> new TreeSet<>())
                        .add(place.sequence());
            }
        }
    }

    /// Reads one more coordinator, which was asked nothing yet, and closes that at the end.
    void add(LetterStream stream, ByteString group, boolean withData)
            throws CallException, InterruptedException {
        streams.add(stream);
        stream.ask(group, withData);
        proceed(stream);
    }

    /// The letter that is next, null after the last one. Its coordinator is read on by [#done(Head)].
    @Nullable Head next() {
        Optional<Head> first = heads.stream().filter(this::isInTurn).min(BY_TIME);
        // None is in its turn where two coordinators had the group at once.
        return first.or(() -> heads.stream().min(BY_TIME)).orElse(null);
    }

    /// That one was taken.
    void done(Head head) throws CallException, InterruptedException {
        heads.remove(head);
        SortedSet<Long> sequences = ahead.get(head.place.letter().getKey());
        if (sequences != null) {
            sequences.remove(head.place.sequence());
        }
        proceed(head.stream);
    }

    /// Of a key the lowest comes first.
    private boolean isInTurn(Head head) {
        SortedSet<Long> sequences = ahead.get(head.place.letter().getKey());
        return sequences == null || sequences.first() == head.place.sequence();
    }

    private void proceed(LetterStream stream) throws CallException, InterruptedException {
        for (Place place = stream.next(); place != null; place = stream.next()) {
            Place counts = wanted.get(place.sequence());
            if (counts != null && counts.isSame(place)) {
                heads.add(new Head(stream, place));
                return;
            }
        }
    }

    /// Gives up what has not come.
    @Override
    public void close() {
        streams.forEach(LetterStream::close);
    }
}
