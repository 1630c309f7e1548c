package org.stagedpipe.coordinator.group;

import java.util.List;

/// Gives a group's frames to workers. Belongs to the group's [Serial].
sealed interface Dispatcher permits LoadDispatcher, KeyedDispatcher {

    /// A frame that no worker has had yet.
    void add(Frame frame);

    /// Frames whose workers have ended.
    void addAgain(List<Frame> frames);

    /// One that waits is answered otherwise.
    void remove(Frame frame);

    /// Whether frames wait for a worker that takes them.
    boolean isWaiting();

    /// Whether frames wait although no worker takes items.
    boolean isStarved();

    /// Gives away what can be given away.
    void pump();

    /// Forgets all.
    void clear();
}
