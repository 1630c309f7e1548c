/// JSON for plugins: one mapper for each version of a plugin, dropped with it.
@NullMarked
package org.stagedpipe.worker.codec;

import org.jspecify.annotations.NullMarked;
