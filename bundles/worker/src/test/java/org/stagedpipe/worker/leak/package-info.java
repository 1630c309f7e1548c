/// Tests of what holds class loaders.
@NullMarked
package org.stagedpipe.worker.leak;

import org.jspecify.annotations.NullMarked;
