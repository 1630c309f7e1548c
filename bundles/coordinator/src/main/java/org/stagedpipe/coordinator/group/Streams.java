package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.ClusterView;

/// How many streams this node may have open: what arrives on them and is not read yet lies in direct memory. Safe for use by many
/// threads; calls nobody.
///
/// A group is sure of its client's stream and of a few parts. Its further parts ask here: they get what is left to the node and
/// to who opened it, and never more than half of all, or of that share, so that groups that come later find room.
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

    /// A new share of them.
    ///
    /// @param percent of them that the share may have, 1 to 100
    public Share share(int percent) {
        return new Share(most * percent / 100);
    }

    /// How many are open.
    public synchronized long open() {
        return sure + more;
    }

    private boolean hasRoom() {
        return more < most / 2 && sure + more < most;
    }

    /// Those of one principal.
    public final class Share {

        private final long shareMost;
        private long shareSure;
        private long shareMore;

        private Share(long shareMost) {
            this.shareMost = shareMost;
        }

        /// How many it may have.
        public long most() {
            return shareMost;
        }

        /// How many it has open.
        public long open() {
            synchronized (Streams.this) {
                return shareSure + shareMore;
            }
        }

        /// Whether none is open.
        public boolean isEmpty() {
            return open() == 0;
        }

        /// Counts streams that were asked for elsewhere, or fewer.
        public void add(int streams) {
            synchronized (Streams.this) {
                sure += streams;
                shareSure += streams;
            }
        }

        /// Takes one for a further part; whether there was room.
        boolean tryTake() {
            synchronized (Streams.this) {
                boolean takes =
                        hasRoom() && shareMore < shareMost / 2 && shareSure + shareMore < shareMost;
                if (takes) {
                    count(1);
                }
                return takes;
            }
        }

        /// Takes one in any case.
        void take() {
            synchronized (Streams.this) {
                count(1);
            }
        }

        /// Gives one of these back.
        void give() {
            synchronized (Streams.this) {
                count(-1);
            }
        }

        private void count(int further) {
            more += further;
            shareMore += further;
        }
    }
}
