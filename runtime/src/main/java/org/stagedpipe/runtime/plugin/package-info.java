/// What the command line does with plugins beside the console's commands.
@NullMarked
package org.stagedpipe.runtime.plugin;

import org.jspecify.annotations.NullMarked;
