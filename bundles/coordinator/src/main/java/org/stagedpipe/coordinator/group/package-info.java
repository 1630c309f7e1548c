/// One request group on its way through a coordinator.
///
/// An item passes, in this order: [org.stagedpipe.coordinator.group.GroupStream] (the client's stream),
/// [org.stagedpipe.coordinator.group.Intake] (checked once), [org.stagedpipe.coordinator.group.Window] (bounded),
/// [org.stagedpipe.coordinator.group.Flight] (kept until answered), [org.stagedpipe.coordinator.group.Dispatcher] (given a
/// worker), [org.stagedpipe.coordinator.group.WorkerPart] (that worker's stream), and back through
/// [org.stagedpipe.coordinator.group.Flight] (answer matched), [org.stagedpipe.coordinator.group.Order] (restored if
/// asked), [org.stagedpipe.coordinator.group.Outbox] (to the client).
///
/// All objects of a group belong to its [org.stagedpipe.coordinator.group.Serial]: streams, timers and the cluster's view
/// only put tasks there. Nothing in a group takes a lock; groups share [org.stagedpipe.coordinator.group.NodeWindow] and
/// [org.stagedpipe.coordinator.group.Links], which lock for themselves and call nobody while they do.
@NullMarked
package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.NullMarked;
