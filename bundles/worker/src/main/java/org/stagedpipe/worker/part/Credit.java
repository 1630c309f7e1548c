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
/// To look and to say so is one step: of two threads the one that looked first could say so last, and the part would be
/// paused for ever. Sending does not wait.
final class Credit {

    private final Call<WorkResponse> call;
    private final int items;
    private final ByteString incarnation;
    private final BooleanSupplier isPaused;
    // Guarded by this.
    private boolean isOpen;
    private boolean stops;

    /// @param items of one part, taken and not answered
    /// @param incarnation of this process
    /// @param isPaused whether the worker takes nothing in now
    Credit(Call<WorkResponse> call, int items, ByteString incarnation, BooleanSupplier isPaused) {
        this.call = call;
        this.items = items;
        this.incarnation = incarnation;
        this.isPaused = isPaused;
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

    /// The worker is about to stop: what it does not answer any more must not be held against its items.
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
