/// Tests of the catalogue's values.
@NullMarked
package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.NullMarked;
