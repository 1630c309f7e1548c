package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.ClusterView;

/// How many streams this node may have open: what arrives on them and is not read yet lies in direct memory. Safe for use by many
/// threads; calls nobody.
///
/// A group is sure of its client's stream and of a few parts. Its further parts ask here: they get what is left, and never more
/// than half of all, so that groups that come later find room.
public final class Streams {

    /// So many workers are enough to live with the loss of one.
    public static final int SURE_PARTS = 3;

    private final long most;
    private long sure;
    private long more;

    /// @param most open at once
    public Streams(long most) {
        this.most = most;
    }

    /// How many parts a group has in any case that opens now.
    public static int sureParts(ClusterView view) {
        return Math.clamp(view.getWorkersCount(), 1, SURE_PARTS);
    }

    /// Counts streams that were asked for elsewhere, or fewer.
    ///
    /// @return how many are open now
    public synchronized long add(int streams) {
        sure += streams;
        return sure + more;
    }

    /// Takes one for a further part; whether there was room.
    synchronized boolean tryTake() {
        boolean takes = more < most / 2 && sure + more < most;
        more += takes ? 1 : 0;
        return takes;
    }

    /// Takes one in any case.
    synchronized void take() {
        more++;
    }

    /// Gives one of these back.
    synchronized void give() {
        more--;
    }
}
