/// Tests of a worker's memory.
@NullMarked
package org.stagedpipe.worker.memory;

import org.jspecify.annotations.NullMarked;
