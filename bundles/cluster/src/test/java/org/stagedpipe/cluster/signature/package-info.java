/// Tests of signatures.
@NullMarked
package org.stagedpipe.cluster.signature;

import org.jspecify.annotations.NullMarked;
