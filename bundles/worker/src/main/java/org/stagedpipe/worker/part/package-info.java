/// The parts of request groups that run on this worker, one stream from a coordinator each.
@NullMarked
package org.stagedpipe.worker.part;

import org.jspecify.annotations.NullMarked;
