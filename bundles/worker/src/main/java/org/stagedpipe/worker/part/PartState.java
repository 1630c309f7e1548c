package org.stagedpipe.worker.part;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/// Where a part is in its life.
///
/// ```
/// NEW          --OPEN-->       OPENING
/// NEW          --HALF_CLOSE--> CLOSED
/// NEW          --CANCEL-->     CLOSED
/// NEW          --HAND_BACK-->  CLOSED
/// OPENING      --OPENED-->     RUNNING
/// OPENING      --FAILED-->     CLOSED
/// OPENING      --HALF_CLOSE--> OPENING_LAST
/// OPENING      --CANCEL-->     ABANDONED
/// OPENING      --HAND_BACK-->  ABANDONED
/// OPENING_LAST --OPENED-->     FINISHING
/// OPENING_LAST --FAILED-->     CLOSED
/// OPENING_LAST --CANCEL-->     ABANDONED
/// OPENING_LAST --HAND_BACK-->  ABANDONED
/// ABANDONED    --OPENED-->     CLOSING
/// ABANDONED    --FAILED-->     CLOSED
/// RUNNING      --HALF_CLOSE--> FINISHING
/// RUNNING      --CANCEL-->     CANCELLING
/// RUNNING      --HAND_BACK-->  FINISHING
/// RUNNING      --ANSWERED-->   CLOSING
/// FINISHING    --CANCEL-->     CANCELLING
/// FINISHING    --ANSWERED-->   CLOSING
/// CANCELLING   --ANSWERED-->   CLOSING
/// CLOSING      --DONE-->       CLOSED
/// ```
///
/// What is not in the table changes nothing: a second cancel, say, or a half-close after it, or what opens after it was let alone.
enum PartState {
    /// The stream is there, its first message is not.
    NEW,
    /// The plugin is fetched or opens its resources.
    OPENING,
    /// The same, and no items will come.
    OPENING_LAST,
    /// Nobody waits any more for what is being opened.
    ABANDONED,
    /// Takes items.
    RUNNING,
    /// Takes no more; the last ones run.
    FINISHING,
    /// Cancelled; what runs is told and ends.
    CANCELLING,
    /// Nothing runs; the plugin closes its resources.
    CLOSING,
    /// Over.
    CLOSED;

    /// What can happen to a part.
    enum Event {
        /// The first message names the plugin.
        OPEN,
        /// The plugin has opened its resources.
        OPENED,
        /// The plugin is not to be had, or refused.
        FAILED,
        /// The coordinator sends no more.
        HALF_CLOSE,
        /// The coordinator, or a broken rule, ends it.
        CANCEL,
        /// The worker stops and takes no more.
        HAND_BACK,
        /// All that was taken is answered.
        ANSWERED,
        /// The resources are closed.
        DONE
    }

    private static final Map<PartState, Map<Event, PartState>> TABLE = table();

    private static Map<PartState, Map<Event, PartState>> table() {
        Map<PartState, Map<Event, PartState>> table = new EnumMap<>(PartState.class);
        Arrays.stream(values()).forEach(state -> table.put(state, new EnumMap<>(Event.class)));
        put(table, NEW, Event.OPEN, OPENING);
        put(table, NEW, Event.HALF_CLOSE, CLOSED);
        put(table, NEW, Event.CANCEL, CLOSED);
        put(table, NEW, Event.HAND_BACK, CLOSED);
        put(table, OPENING, Event.OPENED, RUNNING);
        put(table, OPENING, Event.FAILED, CLOSED);
        put(table, OPENING, Event.HALF_CLOSE, OPENING_LAST);
        put(table, OPENING, Event.CANCEL, ABANDONED);
        put(table, OPENING, Event.HAND_BACK, ABANDONED);
        put(table, OPENING_LAST, Event.OPENED, FINISHING);
        put(table, OPENING_LAST, Event.FAILED, CLOSED);
        put(table, OPENING_LAST, Event.CANCEL, ABANDONED);
        put(table, OPENING_LAST, Event.HAND_BACK, ABANDONED);
        put(table, ABANDONED, Event.OPENED, CLOSING);
        put(table, ABANDONED, Event.FAILED, CLOSED);
        put(table, RUNNING, Event.HALF_CLOSE, FINISHING);
        put(table, RUNNING, Event.CANCEL, CANCELLING);
        put(table, RUNNING, Event.HAND_BACK, FINISHING);
        put(table, RUNNING, Event.ANSWERED, CLOSING);
        put(table, FINISHING, Event.CANCEL, CANCELLING);
        put(table, FINISHING, Event.ANSWERED, CLOSING);
        put(table, CANCELLING, Event.ANSWERED, CLOSING);
        put(table, CLOSING, Event.DONE, CLOSED);
        return table;
    }

    private static void put(
            Map<PartState, Map<Event, PartState>> table, PartState from, Event on, PartState to) {
        row(table, from).put(on, to);
    }

    private static Map<Event, PartState> row(
            Map<PartState, Map<Event, PartState>> table, PartState from) {
        return Objects.requireNonNull(table.get(from));
    }

    /// Where the event leads; here if it changes nothing.
    PartState after(Event event) {
        return Objects.requireNonNull(row(TABLE, this).getOrDefault(event, this));
    }

    /// The table, one line for each change.
    static String drawing() {
        StringBuilder drawing = new StringBuilder();
        for (PartState from : values()) {
            for (Event on : Event.values()) {
                PartState to = row(TABLE, from).get(on);
                if (to != null) {
                    drawing.append(String.format("%-12s %-15s %s%n", from, "--" + on + "-->", to));
                }
            }
        }
        return drawing.toString();
    }
}
