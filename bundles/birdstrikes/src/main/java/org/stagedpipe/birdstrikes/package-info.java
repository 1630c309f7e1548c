/// The demo plugin: reports of bird strikes on their way from raw lines into a database.
@NullMarked
package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.NullMarked;
