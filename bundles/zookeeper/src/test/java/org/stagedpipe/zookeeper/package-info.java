/// Tests.
@NullMarked
package org.stagedpipe.zookeeper;

import org.jspecify.annotations.NullMarked;
