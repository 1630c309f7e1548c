/// The overseer's administration as a Java program sees it: for the commands, the demo and tests of whole clusters.
@NullMarked
package org.stagedpipe.console.admin;

import org.jspecify.annotations.NullMarked;
