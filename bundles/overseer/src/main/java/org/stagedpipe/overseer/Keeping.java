package org.stagedpipe.overseer;

import org.stagedpipe.repository.Blobs;

/// Where bundles are kept.
///
/// @param blobs here
/// @param replicas on the other overseers
record Keeping(Blobs blobs, Replicas replicas) {}
