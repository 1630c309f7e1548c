/// The coordinator: a node that takes the clients' streams and spreads the items of each group over the workers.
///
/// [org.stagedpipe.coordinator.Coordinator] is the node, [org.stagedpipe.coordinator.Groups] its open groups; what
/// happens inside a group is in `org.stagedpipe.coordinator.group`.
@NullMarked
package org.stagedpipe.coordinator;

import org.jspecify.annotations.NullMarked;
