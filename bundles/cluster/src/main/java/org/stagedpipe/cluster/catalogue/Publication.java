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
/// @param signature of its [org.stagedpipe.cluster.signature.Statement], Base64; empty if nobody signed it
public record Publication(
        PluginVersion plugin,
        long publishedMs,
        String file,
        String operator,
        long deletedMs,
        List<Library> libraries,
        String signature) {

    /// @param libraries that workers need for it beside what they have
    public Publication {
        libraries = List.copyOf(libraries);
    }

    /// One that needs no libraries, and that nobody signed.
    public Publication(
            PluginVersion plugin, long publishedMs, String file, String operator, long deletedMs) {
        this(plugin, publishedMs, file, operator, deletedMs, List.of(), "");
    }

    /// Whether its bundle was removed.
    public boolean isDeleted() {
        return deletedMs != 0;
    }

    /// The same, removed at that time, or there again with 0.
    public Publication deleted(long atMs) {
        return new Publication(plugin, publishedMs, file, operator, atMs, libraries, signature);
    }

    /// The same with the libraries of another one, and with its signature if it has one.
    public Publication renewed(Publication other) {
        return signed(other.signature).needing(other.libraries);
    }

    private Publication needing(List<Library> others) {
        return new Publication(plugin, publishedMs, file, operator, deletedMs, others, signature);
    }

    /// The same with another signature, unless that is empty.
    public Publication signed(String other) {
        return other.isEmpty()
                ? this
                : new Publication(plugin, publishedMs, file, operator, deletedMs, libraries, other);
    }
}
