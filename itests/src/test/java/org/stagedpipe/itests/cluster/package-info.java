/// Clusters of real processes on loopback.
@org.jspecify.annotations.NullMarked
package org.stagedpipe.itests.cluster;
