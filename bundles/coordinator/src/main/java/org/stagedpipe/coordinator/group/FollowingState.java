package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Map;

/// How far a following group is on its way to another version. The table is what runs; a test compares the drawings with it,
/// this one and the README's.
///
/// ```text
/// SETTLED --ROUTE--> PREPARING --READY--> DRAINING --DRAINED--> TOLD --ANSWER--> SETTLED
///                    PREPARING --STAY--> SETTLED
///                                         DRAINING --UNREADY--> PREPARING
///                                         DRAINING --STAY--> SETTLED
///                                                               TOLD --STAY--> SETTLED
/// ```
enum FollowingState {
    /// On one version.
    SETTLED,
    /// The parts on the next one are opened beside those there are.
    PREPARING,
    /// They are open; the client is read no further until all that came is answered.
    DRAINING,
    /// The client is told; what it sends waits for its answer.
    TOLD;

    /// What moves a group.
    enum Event {
        /// New groups get another version.
        ROUTE,
        /// Parts on that are open, and all has come that may have run before.
        READY,
        /// None of them is open any more.
        UNREADY,
        /// Every item is answered, and the answers have left.
        DRAINED,
        /// The client has answered what it was told: what it sent meanwhile goes to the new parts, the old ones leave.
        ANSWER,
        /// The client has said its last, or the group ends; before it is told, also if new groups get the present version again or yet another one.
        STAY
    }

    private static final Map<FollowingState, Map<Event, FollowingState>> TABLE = table();

    /// The state after that event, null if it is not legal here.
    @Nullable FollowingState after(Event event) {
        return TABLE.getOrDefault(this, Map.of()).get(event);
    }

    private static Map<FollowingState, Map<Event, FollowingState>> table() {
        Map<FollowingState, Map<Event, FollowingState>> table = new EnumMap<>(FollowingState.class);
        table.put(SETTLED, Map.of(Event.ROUTE, PREPARING));
        table.put(PREPARING, Map.of(Event.READY, DRAINING, Event.STAY, SETTLED));
        table.put(
                DRAINING,
                Map.of(Event.DRAINED, TOLD, Event.UNREADY, PREPARING, Event.STAY, SETTLED));
        table.put(TOLD, Map.of(Event.ANSWER, SETTLED, Event.STAY, SETTLED));
        return table;
    }
}
