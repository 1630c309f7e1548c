/// Tests of the testkit.
@NullMarked
package org.stagedpipe.testkit;

import org.jspecify.annotations.NullMarked;
