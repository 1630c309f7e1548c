package org.stagedpipe.cluster.catalogue;

import java.util.Map;
import java.util.Optional;

/// Where a rollout is. What is written here is in the store, so an overseer that comes next goes on from it.
///
/// ```
/// PUSHING    TRY      CANARY
/// PUSHING    FINISH   DONE
/// PUSHING    GIVE_UP  ROLLED_BACK
/// CANARY     SPREAD   SPREADING
/// CANARY     GATE     WAITING
/// CANARY     GIVE_UP  ROLLED_BACK
/// CANARY     PAUSE    PAUSED
/// PAUSED     SPREAD   SPREADING
/// PAUSED     GIVE_UP  ROLLED_BACK
/// PAUSED     RESUME   CANARY
/// WAITING    SPREAD   SPREADING
/// WAITING    GIVE_UP  ROLLED_BACK
/// SPREADING  NEXT     CANARY
/// SPREADING  FINISH   DONE
/// SPREADING  GIVE_UP  ROLLED_BACK
/// ```
public enum RolloutState {
    /// The first workers make the new version ready; nobody gets it yet.
    PUSHING,
    /// A share of the new groups gets it, and it is judged.
    CANARY,
    /// A share of the new groups gets it, and it is not judged.
    PAUSED,
    /// It has held in this step, and an operator is to approve that; it is still judged.
    WAITING,
    /// It has held in this step, or an operator approved that: the workers of the next step make it ready. Its share stays as it
    /// is, and is not judged.
    SPREADING,
    /// New groups get the new version.
    DONE,
    /// New groups get the old version.
    ROLLED_BACK;

    /// What takes a rollout from one state to the next.
    public enum Event {
        /// The first workers are ready, a share of the new groups gets it.
        TRY,
        /// It has held, or an operator approves it: more workers get it.
        SPREAD,
        /// They are ready: a larger share gets it.
        NEXT,
        /// It has held, and goes on only with an operator's approval.
        GATE,
        /// All workers are ready, and all new groups get it.
        FINISH,
        /// A worker cannot start it, or ends again and again, it fails too often, or an operator aborts it.
        GIVE_UP,
        /// An operator wants it not to be judged.
        PAUSE,
        /// An operator wants it to be judged again.
        RESUME
    }

    private static final Map<RolloutState, Map<Event, RolloutState>> TABLE =
            Map.of(
                    PUSHING,
                    Map.of(Event.TRY, CANARY, Event.FINISH, DONE, Event.GIVE_UP, ROLLED_BACK),
                    CANARY,
                    Map.of(
                            Event.SPREAD,
                            SPREADING,
                            Event.GATE,
                            WAITING,
                            Event.GIVE_UP,
                            ROLLED_BACK,
                            Event.PAUSE,
                            PAUSED),
                    PAUSED,
                    Map.of(
                            Event.SPREAD,
                            SPREADING,
                            Event.GIVE_UP,
                            ROLLED_BACK,
                            Event.RESUME,
                            CANARY),
                    WAITING,
                    Map.of(Event.SPREAD, SPREADING, Event.GIVE_UP, ROLLED_BACK),
                    SPREADING,
                    Map.of(Event.NEXT, CANARY, Event.FINISH, DONE, Event.GIVE_UP, ROLLED_BACK),
                    DONE,
                    Map.of(),
                    ROLLED_BACK,
                    Map.of());

    /// The state after that event; empty if it may not happen here.
    public Optional<RolloutState> after(Event event) {
        return Optional.ofNullable(TABLE.getOrDefault(this, Map.of()).get(event));
    }

    /// Whether nothing happens any more.
    public boolean isEnd() {
        return this == DONE || this == ROLLED_BACK;
    }

    /// Whether a share of the new groups gets the new version.
    public boolean isTried() {
        return this == CANARY || this == PAUSED || this == WAITING || this == SPREADING;
    }
}
