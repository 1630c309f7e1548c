/// Tests.
@NullMarked
package org.stagedpipe.worker.part;

import org.jspecify.annotations.NullMarked;
