/// The command line of the distribution.
@NullMarked
package org.stagedpipe.runtime;

import org.jspecify.annotations.NullMarked;
