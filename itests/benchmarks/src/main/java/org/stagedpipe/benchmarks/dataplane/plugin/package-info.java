/// The plugins that the cluster runs in the suite `data-plane`; what is here goes into their bundles.
@NullMarked
package org.stagedpipe.benchmarks.dataplane.plugin;

import org.jspecify.annotations.NullMarked;
