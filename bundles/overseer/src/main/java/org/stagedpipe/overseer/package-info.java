/// The overseer: knows the nodes, keeps the catalogue, brings plugins to the workers, and assigns coordinators to clients.
@NullMarked
package org.stagedpipe.overseer;

import org.jspecify.annotations.NullMarked;
