/// A coordinator between real clients, workers and an overseer, all in this process.
@NullMarked
package org.stagedpipe.coordinator;

import org.jspecify.annotations.NullMarked;
