package org.stagedpipe.cluster.catalogue;

/// A version as an operator published it.
///
/// @param plugin the version
/// @param publishedMs when, since 1970, UTC
/// @param file as the operator named it, for people only
public record Publication(PluginVersion plugin, long publishedMs, String file) {}
