package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All plugins. A change makes a new catalogue with the next version number; numbers only grow.
///
/// @param version 0 before the first change
/// @param entries by the plugins' names, the uninstalled ones too
/// @param rollouts newest first; of the ended ones the last, of all plugins together, for people only
/// @param libraries newest first, then the deleted ones; no name and version twice
public record Catalogue(
        long version,
        SortedMap<String, CatalogueEntry> entries,
        List<RolloutRecord> rollouts,
        List<LibraryPublication> libraries) {

    private static final int MAX_ENDED_ROLLOUTS = 50;

    private static final Comparator<LibraryPublication> NEWEST_FIRST =
            Comparator.comparingLong(LibraryPublication::publishedMs)
                    .reversed()
                    .thenComparing(known -> known.library().symbolicName())
                    .thenComparing(known -> known.library().version());

    /// Before the first change.
    public static final Catalogue EMPTY = new Catalogue(0, new TreeMap<>(), List.of(), List.of());

    /// @throws IllegalArgumentException if the version is negative
    public Catalogue {
        if (version < 0) {
            throw new IllegalArgumentException("version: " + version + " (expected: 0 or more)");
        }
        entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
        rollouts = List.copyOf(rollouts);
        libraries = libraries.stream().sorted(NEWEST_FIRST).toList();
    }

    /// The next catalogue, with this entry in the place of the one of its name.
    public Catalogue with(CatalogueEntry entry) {
        Map<String, CatalogueEntry> changed = new TreeMap<>(entries);
        changed.put(entry.name(), entry);
        return new Catalogue(version + 1, new TreeMap<>(changed), rollouts, libraries);
    }

    /// The next catalogue, with this rollout in the place of the one of its id, or as the newest.
    public Catalogue with(RolloutRecord rollout) {
        List<RolloutRecord> kept = new ArrayList<>();
        boolean isNew = rollouts.stream().noneMatch(other -> other.id().equals(rollout.id()));
        if (isNew) {
            kept.add(rollout);
        }
        int ended = 0;
        for (RolloutRecord other : rollouts) {
            if (other.id().equals(rollout.id())) {
                kept.add(rollout);
            } else if (!other.state().isEnd() || ended++ < MAX_ENDED_ROLLOUTS) {
                kept.add(other);
            }
        }
        return new Catalogue(version + 1, entries, kept, libraries);
    }

    /// The next catalogue, with both in it.
    public Catalogue with(CatalogueEntry entry, RolloutRecord rollout) {
        return new Catalogue(version, with(entry).entries(), rollouts, libraries).with(rollout);
    }

    /// The next catalogue, with this library in the place of the one of its name and version, if there is one.
    public Catalogue with(LibraryPublication library) {
        List<LibraryPublication> kept = new ArrayList<>(libraries);
        kept.removeIf(known -> isSame(known.library(), library.library()));
        kept.add(library);
        return new Catalogue(version + 1, entries, rollouts, kept);
    }

    private static boolean isSame(Library one, Library other) {
        return one.symbolicName().equals(other.symbolicName())
                && one.version().equals(other.version());
    }

    /// The library of that name and version, also one whose bundle was removed.
    public Optional<LibraryPublication> library(String symbolicName, String libraryVersion) {
        return libraries.stream()
                .filter(known ->
                        known.library().symbolicName().equals(symbolicName)
                                && known.library().version().equals(libraryVersion))
                .findFirst();
    }

    /// The libraries whose bundles are there, newest first.
    public List<Library> availableLibraries() {
        return libraries.stream()
                .filter(library -> !library.isDeleted())
                .map(LibraryPublication::library)
                .toList();
    }

    /// Those of them that somebody signed.
    public Set<Library> signedLibraries() {
        return libraries.stream()
                .filter(library -> !library.isDeleted() && !library.signatures().isEmpty())
                .map(LibraryPublication::library)
                .collect(Collectors.toSet());
    }

    /// The versions of plugins that need that library and whose bundles are there, also one that is pushed.
    public List<PluginVersion> users(Library library) {
        return Stream.concat(
                        entries.values().stream().flatMap(entry -> entry.history().stream()),
                        rollouts.stream().flatMap(one -> Stream.ofNullable(one.publication())))
                .filter(publication ->
                        !publication.isDeleted() && publication.libraries().contains(library))
                .map(Publication::plugin)
                .distinct()
                .toList();
    }

    /// The rollout of that id.
    public Optional<RolloutRecord> rollout(String id) {
        return rollouts.stream().filter(rollout -> rollout.id().equals(id)).findFirst();
    }

    /// The plugin's rollout that has not ended.
    public Optional<RolloutRecord> running(String plugin) {
        return rollouts.stream()
                .filter(rollout -> !rollout.state().isEnd() && rollout.to().name().equals(plugin))
                .findFirst();
    }

    /// What workers are to hold: what new groups get, all of them or a share. What a share gets only some of them may be to hold.
    public List<PluginVersion> held() {
        return Stream.concat(
                        current().stream(),
                        rollouts.stream()
                                .filter(rollout -> rollout.state().isTried())
                                .map(RolloutRecord::to))
                .distinct()
                .toList();
    }

    /// The digests of all bundles that somebody may ask for: of plugins, of their libraries, of what rollouts push.
    public Set<String> bundles() {
        Stream<PluginVersion> versions =
                Stream.concat(
                        entries.values().stream().flatMap(entry -> entry.available().stream()),
                        rollouts.stream()
                                .filter(rollout -> !rollout.state().isEnd())
                                .map(RolloutRecord::to));
        return Stream.concat(
                        versions.map(PluginVersion::sha256),
                        availableLibraries().stream().map(Library::sha256))
                .collect(Collectors.toSet());
    }

    /// The plugin's entry, also of one that was uninstalled.
    public Optional<CatalogueEntry> known(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /// The entry of a plugin that new groups can use.
    public Optional<CatalogueEntry> installed(String name) {
        return known(name).filter(entry -> entry.current() != null);
    }

    /// What new groups get of that plugin, null if nothing.
    public @Nullable PluginVersion current(String name) {
        return known(name).map(CatalogueEntry::current).orElse(null);
    }

    /// All plugins that new groups can use.
    public List<CatalogueEntry> installed() {
        return entries.values().stream().filter(entry -> entry.current() != null).toList();
    }

    /// What new groups get, of all plugins.
    public List<PluginVersion> current() {
        return entries.values().stream()
                .map(CatalogueEntry::current)
                .filter(Objects::nonNull)
                .toList();
    }
}
