/// What version 1.1.0 of the demo plugin adds: the season of each strike.
@NullMarked
package org.stagedpipe.birdstrikes.season;

import org.jspecify.annotations.NullMarked;
