@NullMarked
package org.stagedpipe.benchmarks.engine;

import org.jspecify.annotations.NullMarked;
