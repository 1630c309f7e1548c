/// What the start of a node costs, beside a bare framework with the same bundles of others, and beside Apache Karaf.
@NullMarked
package org.stagedpipe.benchmarks.node;

import org.jspecify.annotations.NullMarked;
