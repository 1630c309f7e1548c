package org.stagedpipe.cluster.catalogue;

import java.util.List;

/// A version as an operator published it.
///
/// @param plugin the version
/// @param publishedMs when, since 1970, UTC
/// @param file as the operator named it, for people only
/// @param operator who published it, for people only; empty if that was not kept
/// @param deletedMs when its bundle was removed, since 1970, UTC; 0 while it is there
/// @param libraries that workers need for it beside what they have
public record Publication(
        PluginVersion plugin,
        long publishedMs,
        String file,
        String operator,
        long deletedMs,
        List<Library> libraries) {

    /// @param libraries that workers need for it beside what they have
    public Publication {
        libraries = List.copyOf(libraries);
    }

    /// One that needs no libraries.
    public Publication(
            PluginVersion plugin, long publishedMs, String file, String operator, long deletedMs) {
        this(plugin, publishedMs, file, operator, deletedMs, List.of());
    }

    /// Whether its bundle was removed.
    public boolean isDeleted() {
        return deletedMs != 0;
    }

    /// The same, removed at that time, or there again with 0.
    public Publication deleted(long atMs) {
        return new Publication(plugin, publishedMs, file, operator, atMs, libraries);
    }

    /// The same with other libraries.
    public Publication needing(List<Library> others) {
        return new Publication(plugin, publishedMs, file, operator, deletedMs, others);
    }
}
