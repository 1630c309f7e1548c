package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.LibraryPublication;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// The libraries of the repository: bundles that plugins need beside what workers have. No worker hears of one before a
/// plugin needs it.
final class Libraries {

    private final Store store;
    private final Keeping keeping;
    private final Bundles bundles;
    private final Rollout rollout;
    private final AuditLog audit;
    private final Turn turn;
    private final LongSupplier wallMs;

    Libraries(Means means) {
        this.store = means.store();
        this.keeping = means.keeping();
        this.bundles = new Bundles(keeping.replicas(), means.nodes());
        this.rollout = means.rollout();
        this.audit = means.audit();
        this.turn = means.turn();
        this.wallMs = means.wallMs();
    }

    /// Keeps what was uploaded.
    ///
    /// @return its name and version
    /// @throws CallException INVALID, EXISTS, REFUSED, CONFLICT
    String publish(Upload upload, Announced announced, Initiator by, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        return audit.record(
                by,
                "library",
                "",
                subjects -> {
                    Library library = bundles.library(upload, announced, steps).library();
                    subjects.about(library);
                    try (Turn.Held _ = turn.takeFor(library)) {
                        keep(upload, library, announced, by, steps);
                    }
                    return library.toString();
                });
    }

    private void keep(
            Upload upload, Library library, Announced announced, Initiator by, Steps steps)
            throws CallException, StoreException, IOException, InterruptedException {
        LibraryPublication known =
                store.catalogue().library(library.symbolicName(), library.version()).orElse(null);
        if (known != null && !known.library().equals(library)) {
            throw new CallException(
                    Kind.EXISTS,
                    library
                            + " exists with other bytes: sha-256 "
                            + known.library().sha256()
                            + ", this file has "
                            + library.sha256()
                            + " (expected: the same bytes, or another version)");
        }
        if (known != null && !known.isDeleted()) {
            keeping.mend(upload, steps);
            sign(library, announced.signatures(), steps);
            return;
        }
        LibraryPublication published =
                new LibraryPublication(
                        library,
                        wallMs.getAsLong(),
                        announced.file(),
                        by.name(),
                        0,
                        announced.signatures());
        Room.check(store, store.catalogue().with(published), library);
        keeping.keep(upload, steps);
        Catalogue after = rollout.commit(now -> now.with(published));
        steps.step("commit", "catalogue " + after.version());
    }

    private void sign(Library library, List<String> signatures, Steps steps)
            throws CallException, StoreException, InterruptedException {
        if (signatures.isEmpty()) {
            steps.step("commit", library + " is in the repository already, nothing to do");
            return;
        }
        Room.check(store, signed(store.catalogue(), library, signatures), library);
        steps.step("sign", library + " is in the repository already, now signed as this file");
        rollout.sign(now -> signed(now, library, signatures), steps);
    }

    private static Catalogue signed(Catalogue now, Library library, List<String> signatures) {
        return now.library(library.symbolicName(), library.version())
                .map(known -> now.with(known.signed(signatures)))
                .orElse(now);
    }

    /// Removes one that no plugin needs.
    ///
    /// @throws CallException NOT_FOUND; REFUSED with who needs it; CONFLICT
    LibraryEntry delete(String symbolicName, String version, Initiator by)
            throws CallException, InterruptedException, StoreException, IOException {
        return audit.record(
                by,
                "delete library",
                symbolicName,
                version,
                subjects -> {
                    try (Turn.Held _ =
                            turn.takeAlone("delete of " + symbolicName + " " + version)) {
                        Library library =
                                available(store.catalogue(), symbolicName, version).library();
                        subjects.about(library);
                        return remove(library);
                    }
                });
    }

    /// Removes one that no plugin needs; the caller has the turn.
    ///
    /// @throws CallException REFUSED with who needs it
    LibraryEntry remove(Library library) throws CallException, StoreException, IOException {
        long nowMs = wallMs.getAsLong();
        Catalogue after;
        try {
            after = rollout.commit(now -> without(now, library, nowMs));
        } catch (NeededException e) {
            throw new CallException(Kind.REFUSED, String.valueOf(e.getMessage()), e);
        }
        keeping.drop(library.sha256(), Steps.UNSEEN);
        return entry(after, after.library(library.symbolicName(), library.version()).orElseThrow());
    }

    private static Catalogue without(Catalogue now, Library library, long nowMs) {
        List<PluginVersion> users = now.users(library);
        if (!users.isEmpty()) {
            throw new NeededException(library, users);
        }
        return now.library(library.symbolicName(), library.version())
                .map(known -> now.with(known.deleted(nowMs)))
                .orElse(now);
    }

    /// A library cannot be removed.
    private static final class NeededException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NeededException(Library library, List<PluginVersion> users) {
            super(
                    library
                            + " is needed by "
                            + users.stream()
                                    .map(PluginVersion::toString)
                                    .collect(Collectors.joining(", "))
                            + " (expected: a library that no plugin needs)");
        }
    }

    private static LibraryPublication available(
            Catalogue catalogue, String symbolicName, String version) throws CallException {
        return catalogue
                .library(symbolicName, version)
                .filter(known -> !known.isDeleted())
                .orElseThrow(() ->
                        new CallException(
                                Kind.NOT_FOUND,
                                "unknown library \""
                                        + symbolicName
                                        + " "
                                        + version
                                        + "\" (expected: "
                                        + known(catalogue)
                                        + ")"));
    }

    private static String known(Catalogue catalogue) {
        List<Library> all = catalogue.availableLibraries();
        return all.isEmpty()
                ? "one must be published first"
                : "one of " + all.stream().map(Library::toString).collect(Collectors.joining(", "));
    }

    /// Those that are there, newest first.
    List<LibraryEntry> entries() throws StoreException {
        Catalogue catalogue = store.catalogue();
        return catalogue.libraries().stream()
                .filter(library -> !library.isDeleted())
                .map(library -> entry(catalogue, library))
                .toList();
    }

    private static LibraryEntry entry(Catalogue catalogue, LibraryPublication library) {
        return LibraryEntry.newBuilder()
                .setLibrary(Wire.of(library.library()))
                .setPublishedMs(library.publishedMs())
                .setFile(library.file())
                .setOperator(library.operator())
                .setSigned(!library.signatures().isEmpty())
                .addAllUsedBy(Wire.of(catalogue.users(library.library())))
                .build();
    }
}
