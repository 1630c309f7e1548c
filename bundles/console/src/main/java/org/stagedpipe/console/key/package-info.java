/// Keys of ssh that its library does not read by itself.
@NullMarked
package org.stagedpipe.console.key;

import org.jspecify.annotations.NullMarked;
