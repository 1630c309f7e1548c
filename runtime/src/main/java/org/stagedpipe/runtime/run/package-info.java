/// `stagedpipe run`: items of standard input through a plugin, on the cluster or in this process.
@NullMarked
package org.stagedpipe.runtime.run;

import org.jspecify.annotations.NullMarked;
