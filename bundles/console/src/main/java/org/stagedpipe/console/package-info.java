/// Where the commands of the console come together.
@NullMarked
package org.stagedpipe.console;

import org.jspecify.annotations.NullMarked;
