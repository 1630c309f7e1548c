package org.stagedpipe.overseer;

/// What an overseer is among the others. The drawing is made from the table; a test compares them.
///
///     SEEKING --ELECTED--> LEADING
///     SEEKING --ANOTHER_LEADS--> FOLLOWING
///     FOLLOWING --ELECTED--> LEADING
///     FOLLOWING --NOBODY_LEADS--> SEEKING
///     LEADING --ANOTHER_LEADS--> FOLLOWING
///     LEADING --NOBODY_LEADS--> SEEKING
enum SeatState {
    /// Nobody leads, as far as it knows.
    SEEKING,
    /// Another one leads.
    FOLLOWING,
    /// It leads.
    LEADING;

    /// What the store says.
    enum Event {
        /// This one leads, with an epoch of its own.
        ELECTED,
        /// Another one has the lead.
        ANOTHER_LEADS,
        /// The leader's session has ended, or this one's.
        NOBODY_LEADS
    }

    /// Each event says what is so, whatever was so before.
    SeatState after(Event event) {
        return switch (event) {
            case ELECTED -> LEADING;
            case ANOTHER_LEADS -> FOLLOWING;
            case NOBODY_LEADS -> SEEKING;
        };
    }
}
