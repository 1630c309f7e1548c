package org.stagedpipe.coordinator.group;

/// What the groups of one principal may hold of the node.
///
/// @param memory of the bytes in memory
/// @param spool of those on the disk
/// @param streams of the streams, with what is not read yet
public record Holdings(NodeWindow.Share memory, NodeWindow.Share spool, Streams.Share streams) {}
