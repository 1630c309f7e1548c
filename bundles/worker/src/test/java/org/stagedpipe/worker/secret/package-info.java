/// Tests.
@NullMarked
package org.stagedpipe.worker.secret;

import org.jspecify.annotations.NullMarked;
