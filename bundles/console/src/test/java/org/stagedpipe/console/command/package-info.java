/// Tests of what commands make of what they are told.
@NullMarked
package org.stagedpipe.console.command;

import org.jspecify.annotations.NullMarked;
