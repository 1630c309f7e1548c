package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Finds the requests of a group by their position: how many the group accepted before. For one thread at a time.
///
/// A request is found until it has left the pipelines; then it may be missing, and nothing here keeps it. Segments are
/// held in a ring, so that many requests cost one store into an old array, which the collector makes dear. The ring is as
/// long as what is in flight needs: a few requests that are held keep no segments of those that passed them.
final class Positions<D, R> {

    private static final int FEWEST_SEGMENTS = 8;

    private @Nullable Segment<D, R>[] ring = newRing(FEWEST_SEGMENTS);
    private long oldest;
    private long newest = -1;
    private int over; // of the oldest one, from its beginning

    /// Requests that are in the pipelines so long that their segment had to leave the ring.
    private final Map<Long, KeyedRequest<D, R>> stragglers = new HashMap<>();

    /// The segment in which the next positions are; those before it are full.
    void append(Segment<D, R> segment) {
        dropOver();
        if (newest + 1 - oldest == ring.length) {
            if (isMostlyOver()) {
                leaveOlderHalf();
            } else {
                grow();
            }
        }
        newest++;
        ring[slot(newest)] = segment;
    }

    /// The request at that position, or null: it is over then.
    @Nullable KeyedRequest<D, R> find(long position) {
        long segment = position / Segment.LENGTH;
        if (segment > newest) {
            return null; // about to be put there
        }
        if (segment < oldest) {
            return stragglers.isEmpty() ? null : stragglers.get(position);
        }
        return request(segment, (int) (position % Segment.LENGTH));
    }

    /// A request that was [KeyedRequest#straggling] is over.
    void forget(KeyedRequest<D, R> request) {
        stragglers.remove(request.position);
    }

    private void dropOver() {
        while (oldest <= newest) {
            Segment<D, R> segment = ring[slot(oldest)];
            while (over < Segment.LENGTH && isOver(request(segment, over))) {
                over++;
            }
            if (over < Segment.LENGTH) {
                return;
            }
            dropOldest();
        }
    }

    private void dropOldest() {
        ring[slot(oldest)] = null;
        oldest++;
        over = 0;
    }

    /// Whether most of its requests are; for a full ring.
    private boolean isMostlyOver() {
        long left = 0;
        for (Segment<D, R> segment : ring) {
            left += segment == null ? 0 : segment.left();
        }
        return left > (long) ring.length * Segment.LENGTH / 2;
    }

    /// Half of it at once, so that whether it is mostly over is seldom asked.
    private void leaveOlderHalf() {
        long end = oldest + ring.length / 2;
        while (oldest < end) {
            leaveStragglers();
            dropOldest();
        }
    }

    private void leaveStragglers() {
        for (int i = over; i < Segment.LENGTH; i++) {
            KeyedRequest<D, R> request = request(oldest, i);
            if (request != null && !request.isOver()) {
                straggle(request);
            }
        }
    }

    /// Whoever ends it looks whether it straggles after that, so one of the two sees the other.
    private void straggle(KeyedRequest<D, R> request) {
        request.straggling = true;
        if (!request.isOver()) {
            stragglers.put(request.position, request);
        }
    }

    private void grow() {
        @Nullable Segment<D, R>[] old = ring;
        ring = newRing(old.length * 2);
        for (long segment = oldest; segment <= newest; segment++) {
            ring[slot(segment)] = old[(int) (segment & old.length - 1)];
        }
    }

    private @Nullable KeyedRequest<D, R> request(long segment, int index) {
        return request(ring[slot(segment)], index);
    }

    private static <D, R> @Nullable KeyedRequest<D, R> request(
            @Nullable Segment<D, R> segment, int index) {
        return segment == null ? null : (KeyedRequest<D, R>) segment.get(index);
    }

    private int slot(long segment) {
        return (int) (segment & ring.length - 1);
    }

    private static boolean isOver(@Nullable KeyedRequest<?, ?> request) {
        return request == null || request.isOver();
    }

    int stragglers() {
        return stragglers.size();
    }

    /// How many segments the ring has place for.
    int length() {
        return ring.length;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static <D, R> @Nullable Segment<D, R>[] newRing(int length) {
        return new Segment[length];
    }
}
