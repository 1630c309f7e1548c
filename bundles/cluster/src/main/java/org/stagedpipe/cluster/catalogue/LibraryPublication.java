package org.stagedpipe.cluster.catalogue;

import org.stagedpipe.cluster.signature.Signatures;

import java.util.List;

/// A library as an operator published it.
///
/// @param library the bundle
/// @param publishedMs when, since 1970, UTC
/// @param file as the operator named it, for people only
/// @param operator who published it, for people only
/// @param deletedMs when its bundle was removed, since 1970, UTC; 0 while it is there
/// @param signatures of its [org.stagedpipe.cluster.signature.Statement], see [Signatures]; none if nobody signed it
public record LibraryPublication(
        Library library,
        long publishedMs,
        String file,
        String operator,
        long deletedMs,
        List<String> signatures) {

    /// @throws IllegalArgumentException if a signature has no form of one
    public LibraryPublication {
        signatures = Signatures.checked(signatures);
    }

    /// Whether its bundle was removed.
    public boolean isDeleted() {
        return deletedMs != 0;
    }

    /// What is kept of it once its bundle was removed at that time.
    public LibraryPublication deleted(long atMs) {
        return new LibraryPublication(library, 0, "", "", atMs, List.of());
    }

    /// The same with more signatures, newest first.
    public LibraryPublication signed(List<String> more) {
        return new LibraryPublication(
                library, publishedMs, file, operator, deletedMs, Signatures.with(signatures, more));
    }
}
