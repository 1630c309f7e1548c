/// A cluster of real processes on this machine, and who runs in it.
@NullMarked
package org.stagedpipe.runtime.cluster;

import org.jspecify.annotations.NullMarked;
