package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Call;

/// What a member is told that knows nothing yet, or has missed something. Guarded by the lock of the [Nodes].
final class Briefing {

    private final Welcomes welcomes;
    private final Plans plans;
    private final Views views;
    private final CancelOrders cancelOrders;

    Briefing(Welcomes welcomes, Plans plans, Views views, CancelOrders cancelOrders) {
        this.welcomes = welcomes;
        this.plans = plans;
        this.views = views;
        this.cancelOrders = cancelOrders;
    }

    /// All of it.
    void give(Node node, Call<NodeOrder> call) {
        call.send(welcomes.order());
        if (node.role() == Role.WORKER) {
            plans.tell(node);
            return;
        }
        call.send(welcomes.cordon(node));
        views.tell(node);
        remind(node);
    }

    /// Which of its groups it is to end, and what it need not report any more, again: an order that was on its way when a stream
    /// broke is lost.
    void remind(Node node) {
        cancelOrders.among(node.groups()).forEach(one -> node.send(welcomes.cancel(one)));
        if (!node.recorded().isEmpty()) {
            node.send(welcomes.recorded(node));
        }
    }
}
