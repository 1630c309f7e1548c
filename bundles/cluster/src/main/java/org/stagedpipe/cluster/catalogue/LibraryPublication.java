package org.stagedpipe.cluster.catalogue;

/// A library as an operator published it.
///
/// @param library the bundle
/// @param publishedMs when, since 1970, UTC
/// @param file as the operator named it, for people only
/// @param operator who published it, for people only
/// @param deletedMs when its bundle was removed, since 1970, UTC; 0 while it is there
/// @param signature of its [org.stagedpipe.cluster.signature.Statement], Base64; empty if nobody signed it
public record LibraryPublication(
        Library library,
        long publishedMs,
        String file,
        String operator,
        long deletedMs,
        String signature) {

    /// Whether its bundle was removed.
    public boolean isDeleted() {
        return deletedMs != 0;
    }

    /// The same, removed at that time, or there again with 0.
    public LibraryPublication deleted(long atMs) {
        return new LibraryPublication(library, publishedMs, file, operator, atMs, signature);
    }

    /// The same with another signature, unless that is empty.
    public LibraryPublication signed(String other) {
        return other.isEmpty()
                ? this
                : new LibraryPublication(library, publishedMs, file, operator, deletedMs, other);
    }
}
