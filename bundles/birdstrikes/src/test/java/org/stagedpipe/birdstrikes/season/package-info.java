@NullMarked
package org.stagedpipe.birdstrikes.season;

import org.jspecify.annotations.NullMarked;
