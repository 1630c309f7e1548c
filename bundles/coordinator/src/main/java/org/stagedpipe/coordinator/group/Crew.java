package org.stagedpipe.coordinator.group;

/// The workers' parts that serve a group on one version of its plugin, and what gives them frames. A pinned group has one for
/// its life, a following group one after the other.
record Crew(Parts parts, Dispatcher dispatcher) {

    /// Ends what they run; they get nothing any more.
    void cancel(String reason) {
        parts.cancel(reason);
        dispatcher.clear();
    }

    /// The same while nobody is left to hear of it.
    void drop(String reason) {
        parts.drop(reason);
        dispatcher.clear();
    }

    /// Whether some of them take items, and all others have answered whether they will.
    boolean isReady() {
        return parts.hasUsable() && parts.all().stream().noneMatch(WorkerPart::isOpening);
    }
}
