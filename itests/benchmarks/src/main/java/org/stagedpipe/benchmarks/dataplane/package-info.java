/// The suite `data-plane`: the cluster in four processes against two relays in two, one that sends a message for each item
/// and one that passes frames on and keeps no books.
@NullMarked
package org.stagedpipe.benchmarks.dataplane;

import org.jspecify.annotations.NullMarked;
