@NullMarked
package org.stagedpipe.console;

import org.jspecify.annotations.NullMarked;
