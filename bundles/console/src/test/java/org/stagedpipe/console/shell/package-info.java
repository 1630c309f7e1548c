/// Tests of what a shell is made of.
@NullMarked
package org.stagedpipe.console.shell;

import org.jspecify.annotations.NullMarked;
