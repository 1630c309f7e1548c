package org.stagedpipe.worker.part;

import org.stagedpipe.protocol.v1.WorkResponse;
import org.stagedpipe.transport.Call;

/// Sends on a stream at the peer's pace: a thread that may wait sends, the transport's thread wakes it.
final class Outlet {

    private final Call<WorkResponse> call;
    private boolean ended;

    Outlet(Call<WorkResponse> call) {
        this.call = call;
    }

    /// Sends, once the transport takes it. Does nothing if the stream has ended.
    void send(WorkResponse message) throws InterruptedException {
        synchronized (this) {
            while (!ended && !call.isReady()) {
                wait();
            }
            if (ended) {
                return;
            }
        }
        call.send(message);
    }

    /// The transport may take more.
    synchronized void ready() {
        notifyAll();
    }

    /// The stream has ended; nobody waits for it any more.
    synchronized void end() {
        ended = true;
        notifyAll();
    }
}
