/// Secrets: those that an operator has put here, and those of a group, which no text about it shows.
@NullMarked
package org.stagedpipe.worker.secret;

import org.jspecify.annotations.NullMarked;
