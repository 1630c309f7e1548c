@NullMarked
package org.stagedpipe.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
