package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Redirect;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Peer;
import org.stagedpipe.transport.Receiver;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// One node's stream. Called on a thread of the transport; orders are small and go out without waiting, a node that reads
/// none of them gets no answers to its heartbeats, and its stream ends. A node that comes while no overseer leads waits for
/// the one that will.
final class Subscription implements Receiver<NodeReport> {

    private final Seat seat;
    private final Supplier<List<String>> overseers;
    private final Call<NodeOrder> call;
    private final Runnable again = this::again;
    private @Nullable Hello waiting; // for a leader
    private @Nullable Nodes nodes; // null before its hello
    private @Nullable Node node;

    private Subscription(Seat seat, Supplier<List<String>> overseers, Call<NodeOrder> call) {
        this.seat = seat;
        this.overseers = overseers;
        this.call = call;
    }

    /// @param overseers that live, host:port
    static Subscription open(Seat seat, Supplier<List<String>> overseers, Call<NodeOrder> call) {
        call.request(1);
        return new Subscription(seat, overseers, call);
    }

    @Override
    public synchronized void onMessage(NodeReport report) {
        try {
            if (node != null && nodes != null) {
                nodes.report(node, call, report);
                call.request(1);
            } else if (report.hasHello()) {
                checkName(call.peer(), report.getHello());
                join(report.getHello());
            } else {
                throw new CallException(
                        Kind.INVALID, report.getMessageCase() + " first (expected: HELLO)");
            }
        } catch (CallException e) {
            call.fail(e);
        }
    }

    /// A node's role and name are in its certificate: clients are sent to coordinators, a node takes the place of the one
    /// with its name, and a worker's plugins have what it has.
    ///
    /// @throws CallException NOT_PERMITTED
    static void checkName(Peer peer, Hello hello) throws CallException {
        String said = hello.getRole().name().toLowerCase(Locale.ROOT) + "/" + hello.getName();
        if (!peer.names().isEmpty() && !peer.names().contains(said)) {
            throw new CallException(
                    Kind.NOT_PERMITTED,
                    said
                            + " with a certificate of "
                            + String.join(", ", peer.names())
                            + " (expected: one of its own, with the URI spiffe://CLUSTER/"
                            + said
                            + ")");
        }
    }

    private void join(Hello hello) throws CallException {
        waiting = hello;
        Term term = term();
        if (term != null) {
            waiting = null;
            nodes = term.nodes();
            node = nodes.join(hello, call);
            call.request(1);
        }
    }

    /// @throws CallException if another overseer leads; the node has been told which ones there are
    private @Nullable Term term() throws CallException {
        try {
            return seat.termOr(again);
        } catch (CallException e) {
            call.send(
                    NodeOrder.newBuilder()
                            .setRedirect(Redirect.newBuilder().addAllOverseers(overseers.get()))
                            .build());
            throw e;
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
