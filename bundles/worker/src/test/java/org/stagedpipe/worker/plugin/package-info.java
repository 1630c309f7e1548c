/// Tests.
@NullMarked
package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.NullMarked;
