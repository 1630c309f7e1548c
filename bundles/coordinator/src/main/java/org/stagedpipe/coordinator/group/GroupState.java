package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// Where a client's stream is. The table is what runs; the drawing is compared with it by a test.
///
/// ```text
/// AWAITING_OPEN --OPEN--> OPENING --OPENED--> RUNNING --HALF_CLOSE--> FINISHING --DONE--> CLOSED
///                                             RUNNING --CANCEL--> CANCELLING --DONE--> CLOSED
///                                                                  FINISHING --CANCEL--> CANCELLING
/// AWAITING_OPEN --BREAK--> CLOSED
///                         OPENING --BREAK--> CLOSED
///                                             RUNNING --BREAK--> CLOSED
///                                                                  FINISHING --BREAK--> CLOSED
///                                                                 CANCELLING --BREAK--> CLOSED
///                                                                 CANCELLING --TOLD--> PARTING --DONE--> CLOSED
///                                                                                      PARTING --BREAK--> CLOSED
/// ```
enum GroupState {
    /// Nothing came yet.
    AWAITING_OPEN,
    /// No worker has opened the group yet.
    OPENING,
    /// Takes items.
    RUNNING,
    /// The client sends no more; answers are outstanding.
    FINISHING,
    /// What is not done is answered as aborted; workers may still say what is, and the client has not read all yet.
    CANCELLING,
    /// The group has ended and its client was told so, but may still send: that is dropped.
    PARTING,
    /// The stream has ended.
    CLOSED;

    /// What moves a stream.
    enum Event {
        /// The client's first message.
        OPEN,
        /// The first worker has opened its part.
        OPENED,
        /// The client sends no more.
        HALF_CLOSE,
        /// The client, an operator, or the lack of workers ends the group.
        CANCEL,
        /// All is answered and sent, to a client that has not half-closed.
        TOLD,
        /// All is answered and sent, to a client that has half-closed, or was waited for long enough.
        DONE,
        /// The stream ends with a failure: a bad message, no message at all, a refused open, a client that is gone, a node
        /// that stops.
        BREAK
    }

    private static final Map<GroupState, Map<Event, GroupState>> TABLE = table();

    /// The state after that event, null if it is not legal here.
    @Nullable GroupState after(Event event) {
        return row(this).get(event);
    }

    /// As operators see it.
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static Map<Event, GroupState> row(GroupState state) {
        return TABLE.getOrDefault(state, Map.of());
    }

    private static Map<GroupState, Map<Event, GroupState>> table() {
        Map<GroupState, Map<Event, GroupState>> table = new EnumMap<>(GroupState.class);
        table.put(AWAITING_OPEN, Map.of(Event.OPEN, OPENING, Event.BREAK, CLOSED));
        table.put(OPENING, Map.of(Event.OPENED, RUNNING, Event.BREAK, CLOSED));
        table.put(
                RUNNING,
                Map.of(Event.HALF_CLOSE, FINISHING, Event.CANCEL, CANCELLING, Event.BREAK, CLOSED));
        table.put(
                FINISHING,
                Map.of(Event.DONE, CLOSED, Event.CANCEL, CANCELLING, Event.BREAK, CLOSED));
        table.put(CANCELLING, Map.of(Event.TOLD, PARTING, Event.DONE, CLOSED, Event.BREAK, CLOSED));
        table.put(PARTING, Map.of(Event.DONE, CLOSED, Event.BREAK, CLOSED));
        table.put(CLOSED, Map.of());
        return table;
    }
}
