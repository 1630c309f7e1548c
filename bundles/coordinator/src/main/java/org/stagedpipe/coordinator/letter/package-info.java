/// Dead letters: the items that failed in groups which asked for them to be kept, on this node's disk. A group hands them to
/// its [Keeper][org.stagedpipe.coordinator.letter.Keeper] before the client hears of the fault; operators list, read and drop
/// them.
@NullMarked
package org.stagedpipe.coordinator.letter;

import org.jspecify.annotations.NullMarked;
