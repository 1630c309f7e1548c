/// The commands, written once: the command line, the overseer's Gogo shell and ssh run the same objects.
@NullMarked
package org.stagedpipe.console.command;

import org.jspecify.annotations.NullMarked;
