/// Apache Karaf, beside which nodes are measured, as the picture of what there is without them.
@NullMarked
package org.stagedpipe.benchmarks.karaf;

import org.jspecify.annotations.NullMarked;
