package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.Capacity;
import org.stagedpipe.protocol.v1.WorkOpened;
import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;

import java.util.function.BooleanSupplier;

/// Tells a coordinator how many items a part takes: first that it is open, then none while the worker is paused, and the same
/// as before after it. Safe for use by many threads.
///
/// Slow items are of no use to a part that has enough of them to be busy for a while: another worker may be idle. So it begins
/// with some and takes as many as it can once it is seen that they are fast.
///
/// To look and to say so is one step: of two threads the one that looked first could say so last, and the part would be
/// paused for ever. Sending does not wait.
final class Credit {

    private static final int FIRST = 64;

    private final Call<WorkResponse> call;
    private final int most;
    private final ByteString incarnation;
    private final BooleanSupplier isPaused;
    // Guarded by this.
    private int items;
    private boolean isOpen;
    private boolean stops;

    /// @param most items of one part, taken and not answered
    /// @param incarnation of this process
    /// @param isPaused whether the worker takes nothing in now
    Credit(Call<WorkResponse> call, int most, ByteString incarnation, BooleanSupplier isPaused) {
        this.call = call;
        this.most = most;
        this.items = Math.min(most, FIRST);
        this.incarnation = incarnation;
        this.isPaused = isPaused;
    }

    /// Its items belong to workers by their keys: to have fewer would not give them to others.
    synchronized void keyed() {
        items = most;
    }

    /// So many items keep it busy for long enough; 0 if nobody knows yet. To say each change would cost more than it is worth.
    synchronized void useful(long count) {
        int now = (int) Math.min(most, count);
        if (now > 0 && now != items && (now == most || now >= 2L * items || now <= items / 2)) {
            items = now;
            if (!isPaused.getAsBoolean()) {
                changed();
            }
        }
    }

    /// The part is open: a coordinator expects nothing else before that.
    synchronized void open() {
        WorkOpened.Builder opened =
                WorkOpened.newBuilder().setMaxItemsInFlight(items).setIncarnation(incarnation);
        call.send(WorkResponse.newBuilder().setOpened(opened).build());
        isOpen = true;
        if (stops) {
            stops();
        } else if (isPaused.getAsBoolean()) {
            changed();
        }
    }

    /// The worker is paused, or is not any more.
    synchronized void changed() {
        if (isOpen) {
            int now = isPaused.getAsBoolean() ? 0 : items;
            send(Capacity.newBuilder().setMaxItemsInFlight(now));
        }
    }

    /// The worker is about to stop, or to end the part though no item is why: what it does not answer any more must not be held
    /// against its items.
    synchronized void stops() {
        stops = true;
        if (isOpen) {
            isOpen = false;
            send(Capacity.newBuilder().setStops(true));
        }
    }

    private void send(Capacity.Builder capacity) {
        call.send(WorkResponse.newBuilder().setCapacity(capacity).build());
    }
}
