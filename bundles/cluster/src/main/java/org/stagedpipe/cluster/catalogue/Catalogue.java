package org.stagedpipe.cluster.catalogue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// All plugins. A change makes a new catalogue with the next version number; numbers only grow.
///
/// @param version 0 before the first change
/// @param entries by the plugins' names, the uninstalled ones too
public record Catalogue(long version, SortedMap<String, CatalogueEntry> entries) {

    /// Before the first change.
    public static final Catalogue EMPTY = new Catalogue(0, new TreeMap<>());

    /// @throws IllegalArgumentException if the version is negative
    public Catalogue {
        if (version < 0) {
            throw new IllegalArgumentException("version: " + version + " (expected: 0 or more)");
        }
        entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    }

    /// The next catalogue, with this entry in the place of the one of its name.
    public Catalogue with(CatalogueEntry entry) {
        Map<String, CatalogueEntry> changed = new TreeMap<>(entries);
        changed.put(entry.name(), entry);
        return new Catalogue(version + 1, new TreeMap<>(changed));
    }

    /// The plugin's entry, also of one that was uninstalled.
    public Optional<CatalogueEntry> known(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /// The entry of a plugin that new groups can use.
    public Optional<CatalogueEntry> installed(String name) {
        return known(name).filter(entry -> entry.current() != null);
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
