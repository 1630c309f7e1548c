/// Tests.
@NullMarked
package org.stagedpipe.worker.codec;

import org.jspecify.annotations.NullMarked;
