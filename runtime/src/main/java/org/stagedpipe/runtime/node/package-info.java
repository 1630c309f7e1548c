/// Starts one node: its data directory, its configuration, its container, until it is told to stop.
@NullMarked
package org.stagedpipe.runtime.node;

import org.jspecify.annotations.NullMarked;
