/// What the nodes run while `prepare` makes their caches: items through a plugin that answers them.
@NullMarked
package org.stagedpipe.runtime.training;

import org.jspecify.annotations.NullMarked;
