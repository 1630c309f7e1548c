@NullMarked
package org.stagedpipe.benchmarks;

import org.jspecify.annotations.NullMarked;
