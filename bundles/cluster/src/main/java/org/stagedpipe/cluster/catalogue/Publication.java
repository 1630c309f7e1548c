package org.stagedpipe.cluster.catalogue;

import org.stagedpipe.cluster.signature.Signatures;

import java.util.List;

/// A version as an operator published it.
///
/// @param plugin the version
/// @param publishedMs when, since 1970, UTC
/// @param file as the operator named it, for people only
/// @param operator who published it, for people only; empty if that was not kept
/// @param deletedMs when its bundle was removed, since 1970, UTC; 0 while it is there
/// @param libraries that workers need for it beside what they have
/// @param signatures of its [org.stagedpipe.cluster.signature.Statement], see [Signatures]; none if nobody signed it
public record Publication(
        PluginVersion plugin,
        long publishedMs,
        String file,
        String operator,
        long deletedMs,
        List<Library> libraries,
        List<String> signatures) {

    /// @throws IllegalArgumentException if a signature has no form of one
    public Publication {
        libraries = List.copyOf(libraries);
        signatures = Signatures.checked(signatures);
    }

    /// One that needs no libraries, and that nobody signed.
    public Publication(
            PluginVersion plugin, long publishedMs, String file, String operator, long deletedMs) {
        this(plugin, publishedMs, file, operator, deletedMs, List.of(), List.of());
    }

    /// Whether its bundle was removed.
    public boolean isDeleted() {
        return deletedMs != 0;
    }

    /// The same, removed at that time, or there again with 0.
    public Publication deleted(long atMs) {
        return new Publication(plugin, publishedMs, file, operator, atMs, libraries, signatures);
    }

    /// The same with the libraries of another one, and with its signatures too.
    public Publication renewed(Publication other) {
        return signed(other.signatures).needing(other.libraries);
    }

    private Publication needing(List<Library> others) {
        return new Publication(plugin, publishedMs, file, operator, deletedMs, others, signatures);
    }

    /// The same with more signatures, newest first.
    public Publication signed(List<String> more) {
        return new Publication(
                plugin,
                publishedMs,
                file,
                operator,
                deletedMs,
                libraries,
                Signatures.with(signatures, more));
    }
}
