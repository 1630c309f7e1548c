/// The console of an overseer: the commands in its Gogo shell, and that shell over ssh. Only inside a container.
@NullMarked
package org.stagedpipe.console.shell;

import org.jspecify.annotations.NullMarked;
