/// Versions of plugins on this worker: fetched, verified, installed side by side, counted, unloaded.
@NullMarked
package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.NullMarked;
