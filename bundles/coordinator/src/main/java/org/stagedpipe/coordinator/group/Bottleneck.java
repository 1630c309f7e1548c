package org.stagedpipe.coordinator.group;

/// What holds a group back at this moment. Belongs to the group's [Serial].
///
/// The first of these that holds, as what is later on an item's way holds up what is before it: the client does not read; no worker is ready, or
/// takes more; memory of the coordinator; workers, which have much of the group; the client, which sends no more.
final class Bottleneck {

    private final Outbox outbox;
    private final Following following;
    private final Window window;
    private final Flight flight;

    Bottleneck(Outbox outbox, Following following, Window window, Flight flight) {
        this.outbox = outbox;
        this.following = following;
        this.window = window;
        this.flight = flight;
    }

    /// @param crew the workers' side
    /// @param isFinishing whether the client has sent all
    Waits.Limit limit(Crew crew, boolean isFinishing) {
        if (outbox.isUnread() || following.isTold()) {
            return Waits.Limit.CLIENT_READS;
        }
        if (crew.dispatcher().isWaiting()) {
            return !crew.parts().hasUsable()
                    ? Waits.Limit.NO_WORKER
                    : window.isShort() ? Waits.Limit.COORDINATOR_MEMORY : Waits.Limit.WORKERS;
        }
        if (window.waitsForNode()) {
            return Waits.Limit.COORDINATOR_MEMORY;
        }
        boolean isRead = !isFinishing && !following.isDraining();
        boolean isBehind =
                window.isWaiting() || window.holdsMany() || (!isRead && !flight.isEmpty());
        return isBehind ? Waits.Limit.WORKERS : Waits.Limit.CLIENT_SENDS;
    }
}
