package org.stagedpipe.coordinator;

/// The bounds of each principal on a node.
///
/// @param percent of the node's groups, streams, configurations, window, spool and calls, 1 to 100
/// @param opensPerSecond of groups; after a pause as many at once as it may have groups
public record PrincipalLimits(int percent, int opensPerSecond) {}
