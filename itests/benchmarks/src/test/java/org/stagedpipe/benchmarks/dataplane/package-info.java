@NullMarked
package org.stagedpipe.benchmarks.dataplane;

import org.jspecify.annotations.NullMarked;
