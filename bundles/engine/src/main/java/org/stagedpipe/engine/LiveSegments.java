package org.stagedpipe.engine;

import java.util.ArrayList;
import java.util.List;

/// The segments of a group from which not all requests have left the pipelines, and a few that are over. For one thread at
/// a time.
///
/// Who must find a request wherever it is cannot ask the pipeline threads: one may be on the way between two of them.
final class LiveSegments<D, R> {

    private static final int FEWEST = 2;

    private final List<Segment<D, R>> segments = new ArrayList<>(FEWEST);

    /// When they are looked through: so seldom that it costs each segment little.
    private int full = FEWEST;

    /// Requests of segments that were dropped.
    private long over;

    void add(Segment<D, R> segment) {
        if (segments.size() >= full) {
            dropOver();
        }
        segments.add(segment);
    }

    /// Takes back what was added last.
    void removeLast() {
        segments.removeLast();
    }

    private void dropOver() {
        int before = segments.size();
        segments.removeIf(segment -> segment.left() == Segment.LENGTH);
        over += (long) (before - segments.size()) * Segment.LENGTH;
        full = Math.max(FEWEST, 2 * segments.size());
    }

    /// How many requests have left the pipelines; those of a run when it is over.
    long left() {
        long left = over;
        for (Segment<D, R> segment : segments) {
            left += segment.left();
        }
        return left;
    }

    /// Whether the request at that position, which was put in, has left the pipelines.
    boolean hasLeft(long position) {
        for (Segment<D, R> segment : segments) {
            if (segment.number() == position / Segment.LENGTH) {
                EngineRequest<D, R> request = segment.get((int) (position % Segment.LENGTH));
                return request == null || request.isFinished();
            }
        }
        return true; // its segment is over
    }

    List<Segment<D, R>> copy() {
        return List.copyOf(segments);
    }
}
