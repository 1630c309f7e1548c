package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;

/// One node's stream. Called on a thread of the transport; orders are small and go out without waiting, a node that reads
/// none of them loses its lease. A node that comes while no overseer leads waits for the one that will.
final class Subscription implements Receiver<NodeReport> {

    private final Seat seat;
    private final Call<NodeOrder> call;
    private final Runnable again = this::again;
    private @Nullable Hello waiting; // for a leader
    private @Nullable Nodes nodes; // null before its hello
    private @Nullable Node node;

    private Subscription(Seat seat, Call<NodeOrder> call) {
        this.seat = seat;
        this.call = call;
    }

    static Subscription open(Seat seat, Call<NodeOrder> call) {
        call.request(1);
        return new Subscription(seat, call);
    }

    @Override
    public synchronized void onMessage(NodeReport report) {
        try {
            if (node != null && nodes != null) {
                nodes.report(node, call, report);
                call.request(1);
            } else if (report.hasHello()) {
                join(report.getHello());
            } else {
                throw new CallException(
                        Kind.INVALID, report.getMessageCase() + " first (expected: HELLO)");
            }
        } catch (CallException e) {
            call.fail(e);
        }
    }

    private void join(Hello hello) throws CallException {
        waiting = hello;
        Term term = seat.termOr(again);
        if (term != null) {
            waiting = null;
            nodes = term.nodes();
            node = nodes.join(hello, call);
            call.request(1);
        }
    }

    private synchronized void again() {
        Hello hello = waiting;
        if (hello != null) {
            try {
                join(hello);
            } catch (CallException e) {
                call.fail(e);
            }
        }
    }

    @Override
    public synchronized void onComplete() {
        end(true, "the node left");
        call.complete();
    }

    @Override
    public synchronized void onFailure(CallException failure) {
        end(false, failure.getMessage());
    }

    private void end(boolean orderly, String why) {
        waiting = null;
        seat.forget(again);
        if (node != null && nodes != null) {
            nodes.left(node, call, orderly, why);
        }
    }
}
