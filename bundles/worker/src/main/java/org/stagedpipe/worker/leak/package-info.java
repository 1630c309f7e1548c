/// Says what keeps an uninstalled plugin's class loader in memory: a walk over the heap, from its roots to the loader.
@NullMarked
package org.stagedpipe.worker.leak;

import org.jspecify.annotations.NullMarked;
