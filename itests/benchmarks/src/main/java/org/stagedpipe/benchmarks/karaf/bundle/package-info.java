/// Bundles for Karaf: a service, and who calls it for others.
@NullMarked
package org.stagedpipe.benchmarks.karaf.bundle;

import org.jspecify.annotations.NullMarked;
