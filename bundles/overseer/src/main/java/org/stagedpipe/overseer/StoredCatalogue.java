package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.LibraryPublication;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.cluster.ensemble.Ensemble.Change;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The catalogue as the store has it: in parts, one value each, and an index of them. A part is a catalogue with nothing but one
/// plugin, the libraries of one name, or the rollouts; its version is that of the whole when it was written last. The index
/// names each part with that version, and is written with each change: parts that bear the versions that one index names are one
/// state.
///
/// @param whole all parts together
/// @param indexVersion of the index's value
/// @param parts by the names of their values
/// @param lineage which stands in the index
record StoredCatalogue(
        Catalogue whole, int indexVersion, SortedMap<String, Part> parts, Lineage lineage) {

    /// The value of the index.
    static final String INDEX = "catalogue";

    /// Before the first change.
    static final StoredCatalogue NONE =
            new StoredCatalogue(Catalogue.EMPTY, -1, new TreeMap<>(), Lineage.NONE);

    private static final String PLUGIN = "plugin.";
    private static final String LIBRARY = "library.";
    private static final String ROLLOUTS = "rollouts";

    StoredCatalogue {
        parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
    }

    /// A part of it.
    ///
    /// @param valueVersion of its value
    record Part(Catalogue content, int valueVersion) {}

    /// What to write, and what the store has then.
    record Update(List<Change> changes, StoredCatalogue after) {}

    static StoredCatalogue of(
            CatalogueFormat.Index index, int indexVersion, SortedMap<String, Part> parts) {
        return new StoredCatalogue(
                whole(index.version(), parts.values()), indexVersion, parts, index.lineage());
    }

    private static Catalogue whole(long version, Collection<Part> parts) {
        SortedMap<String, CatalogueEntry> entries = new TreeMap<>();
        List<LibraryPublication> libraries = new ArrayList<>();
        Catalogue rollouts = Catalogue.EMPTY;
        for (Part part : parts) {
            entries.putAll(part.content().entries());
            libraries.addAll(part.content().libraries());
            rollouts = part.content().rollouts().isEmpty() ? rollouts : part.content();
        }
        return new Catalogue(version, entries, rollouts.rollouts(), libraries);
    }

    private static SortedMap<String, Catalogue> split(Catalogue whole) {
        long version = whole.version();
        SortedMap<String, Catalogue> pieces = new TreeMap<>();
        whole.entries()
                .forEach((name, entry) ->
                        pieces.put(
                                PLUGIN + name,
                                new Catalogue(
                                        version,
                                        new TreeMap<>(Map.of(name, entry)),
                                        List.of(),
                                        List.of())));
        SortedMap<String, List<LibraryPublication>> libraries = new TreeMap<>();
        for (LibraryPublication library : whole.libraries()) {
            libraries
                    .computeIfAbsent(
                            LIBRARY + library.library().symbolicName(), key -> new ArrayList<>())
                    .add(library);
        }
        libraries.forEach((name, all) ->
                pieces.put(name, new Catalogue(version, new TreeMap<>(), List.of(), all)));
        pieces.put(ROLLOUTS, new Catalogue(version, new TreeMap<>(), whole.rollouts(), List.of()));
        return pieces;
    }

    /// How the store gets to that catalogue: writes the parts that differ, and the index.
    ///
    /// @param origin who makes it
    Update to(Catalogue next, long origin, CatalogueFormat format) {
        SortedMap<String, Catalogue> pieces = split(next);
        Catalogue nothing = new Catalogue(next.version(), new TreeMap<>(), List.of(), List.of());
        parts.keySet().forEach(name -> pieces.putIfAbsent(name, nothing));
        List<Change> changes = new ArrayList<>();
        SortedMap<String, Part> after = new TreeMap<>();
        pieces.forEach((name, piece) -> {
            Part before = parts.get(name);
            if (before != null && isSame(before.content(), piece)) {
                after.put(name, before);
                return;
            }
            int version = before == null ? -1 : before.valueVersion();
            changes.add(new Change(name, version, format.write(piece)));
            after.put(name, new Part(piece, version + 1));
        });
        StoredCatalogue then =
                new StoredCatalogue(
                        next, indexVersion + 1, after, lineage.with(next.version(), origin));
        changes.addFirst(new Change(INDEX, indexVersion, format.write(then.index())));
        return new Update(changes, then);
    }

    private static boolean isSame(Catalogue one, Catalogue other) {
        return one.entries().equals(other.entries())
                && one.rollouts().equals(other.rollouts())
                && one.libraries().equals(other.libraries());
    }

    CatalogueFormat.Index index() {
        SortedMap<String, Long> versions = new TreeMap<>();
        parts.forEach((name, part) -> versions.put(name, part.content().version()));
        return new CatalogueFormat.Index(whole.version(), versions, lineage);
    }
}
