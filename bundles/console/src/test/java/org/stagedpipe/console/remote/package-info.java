/// Tests of the other end of the console.
@NullMarked
package org.stagedpipe.console.remote;

import org.jspecify.annotations.NullMarked;
