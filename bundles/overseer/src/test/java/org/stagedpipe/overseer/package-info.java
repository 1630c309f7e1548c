/// Tests of the overseer, most of them against its real ports.
@NullMarked
package org.stagedpipe.overseer;

import org.jspecify.annotations.NullMarked;
