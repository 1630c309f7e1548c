package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;

/// One node's stream. Called on a thread of the transport; orders are small and go out without waiting, a node that reads
/// none of them loses its lease.
final class Subscription implements Receiver<NodeReport> {

    private final Nodes nodes;
    private final Call<NodeOrder> call;
    private @Nullable Node node; // null before its hello

    private Subscription(Nodes nodes, Call<NodeOrder> call) {
        this.nodes = nodes;
        this.call = call;
    }

    static Subscription open(Nodes nodes, Call<NodeOrder> call) {
        call.request(1);
        return new Subscription(nodes, call);
    }

    @Override
    public void onMessage(NodeReport report) {
        try {
            if (node != null) {
                nodes.report(node, call, report);
            } else if (report.hasHello()) {
                node = nodes.join(report.getHello(), call);
            } else {
                throw new CallException(
                        Kind.INVALID, report.getMessageCase() + " first (expected: HELLO)");
            }
            call.request(1);
        } catch (CallException e) {
            call.fail(e);
        }
    }

    @Override
    public void onComplete() {
        if (node != null) {
            nodes.left(node, call, true, "the node left");
        }
        call.complete();
    }

    @Override
    public void onFailure(CallException failure) {
        if (node != null) {
            nodes.left(node, call, false, failure.getMessage());
        }
    }
}
