/// The bundle that the launcher is tested with.
@NullMarked
package org.stagedpipe.runtime.probe;

import org.jspecify.annotations.NullMarked;
