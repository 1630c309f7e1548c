/// What operators do to a cluster under load: how long a stream notices it, how long it takes, what it leaves behind.
@NullMarked
package org.stagedpipe.benchmarks.controlplane;

import org.jspecify.annotations.NullMarked;
