package org.stagedpipe.transport.node;

import org.stagedpipe.protocol.v1.CancelGroupOrder;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.Recorded;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.protocol.v1.WorkerPlan;

/// What an overseer tells a node. Called one at a time on the thread of the [Membership]; may block, later orders wait.
public interface Orders {

    /// The node is a member, again after each loss of the overseer.
    default void welcome(Welcome welcome) {}

    /// A worker's plugins, all of them.
    default void plan(WorkerPlan plan) {}

    /// A coordinator's workers and routes, all of them.
    default void view(ClusterView view) {}

    /// A coordinator's group is to end.
    default void cancel(CancelGroupOrder order) {}

    /// Whether a coordinator is to take no new groups; after each welcome, and when it changes.
    default void cordon(boolean cordoned) {}

    /// What of a coordinator's reports is in the audit log.
    default void recorded(Recorded recorded) {}

    /// The overseer is gone; the membership looks for one until it is closed. What was ordered stays in force.
    default void lost(String why) {}
}
