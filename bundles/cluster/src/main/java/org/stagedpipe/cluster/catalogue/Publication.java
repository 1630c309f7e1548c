package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.signature.Signatures;

import java.util.List;

/// A version as an operator published it. Of one whose bundle was removed no more is kept than keeps other bytes from taking its
/// place, and the libraries for which it is the last that needed them.
///
/// @param plugin the version
/// @param publishedMs when, since 1970, UTC
/// @param file as the operator named it, for people only
/// @param operator who published it, for people only; empty if that was not kept
/// @param deletedMs when its bundle was removed, since 1970, UTC; 0 while it is there
/// @param libraries that workers need for it beside what they have
/// @param signatures of its [org.stagedpipe.cluster.signature.Statement], see [Signatures]; none if nobody signed it
/// @param replaced the version that new groups got before they got this one, empty if there was none; null if nobody may
///     get this one unasked, by a rollback or a range of versions: new groups never got it, or it was rolled back since
public record Publication(
        PluginVersion plugin,
        long publishedMs,
        String file,
        String operator,
        long deletedMs,
        List<Library> libraries,
        List<String> signatures,
        @Nullable String replaced) {

    /// @throws IllegalArgumentException if a signature has no form of one
    public Publication {
        libraries = List.copyOf(libraries);
        signatures = Signatures.checked(signatures);
    }

    /// Whether its bundle was removed.
    public boolean isDeleted() {
        return deletedMs != 0;
    }

    /// What is kept of it once its bundle was removed at that time.
    public Publication deleted(long atMs) {
        return new Publication(plugin, 0, "", "", atMs, libraries, List.of(), null);
    }

    /// The same without those libraries, if it was deleted before another version that needed them.
    Publication without(List<Library> others) {
        return isDeleted() && libraries.stream().anyMatch(others::contains)
                ? with(
                        libraries.stream().filter(one -> !others.contains(one)).toList(),
                        signatures,
                        replaced)
                : this;
    }

    /// The same with the libraries of another one, and with its signatures too.
    public Publication renewed(Publication other) {
        List<String> all = Signatures.with(signatures, other.signatures);
        return with(other.libraries, all, replaced);
    }

    /// The same with more signatures, newest first.
    public Publication signed(List<String> more) {
        return with(libraries, Signatures.with(signatures, more), replaced);
    }

    /// The same, which new groups got after that version; null if they never did.
    Publication replacing(@Nullable String version) {
        return with(libraries, signatures, version);
    }

    private Publication with(List<Library> needed, List<String> signed, @Nullable String version) {
        return new Publication(
                plugin, publishedMs, file, operator, deletedMs, needed, signed, version);
    }
}
