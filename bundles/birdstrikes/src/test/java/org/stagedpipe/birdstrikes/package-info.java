@NullMarked
package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.NullMarked;
