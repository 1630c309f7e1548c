/// Tests of the dead letters' files.
@NullMarked
package org.stagedpipe.coordinator.letter;

import org.jspecify.annotations.NullMarked;
