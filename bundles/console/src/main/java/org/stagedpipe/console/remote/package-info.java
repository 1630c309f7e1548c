/// `stagedpipe shell`: the other end of an overseer's console, by ssh. Outside of any container.
@NullMarked
package org.stagedpipe.console.remote;

import org.jspecify.annotations.NullMarked;
