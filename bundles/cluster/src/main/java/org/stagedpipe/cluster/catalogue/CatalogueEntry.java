package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A plugin: all that was ever published of it, and what new groups get.
///
/// @param name the plugin's name
/// @param current what new groups get; null once the plugin is uninstalled, its history stays
/// @param history newest publication first, at least one, no version twice
public record CatalogueEntry(
        String name, @Nullable PluginVersion current, List<Publication> history) {

    /// @throws IllegalArgumentException if the parts do not belong together
    public CatalogueEntry {
        history = List.copyOf(history);
        for (Publication publication : history) {
            if (!publication.plugin().name().equals(name)) {
                throw new IllegalArgumentException(
                        "history of " + name + ": " + publication.plugin());
            }
        }
        if (history.stream().map(p -> p.plugin().version()).distinct().count() != history.size()) {
            throw new IllegalArgumentException("history of " + name + ": a version twice");
        }
        if (current != null
                && history.stream().noneMatch(p -> p.plugin().equals(current) && !p.isDeleted())) {
            throw new IllegalArgumentException(
                    "current: "
                            + current
                            + " (expected: one of the history whose bundle is there)");
        }
    }

    /// A plugin's first version, for new groups.
    public static CatalogueEntry first(Publication publication) {
        return new CatalogueEntry(
                publication.plugin().name(), publication.plugin(), List.of(publication));
    }

    /// The same with one more version, which new groups get.
    public CatalogueEntry published(Publication publication) {
        List<Publication> longer = new ArrayList<>(history);
        longer.addFirst(publication);
        return new CatalogueEntry(name, publication.plugin(), longer);
    }

    /// The same with another of its versions for new groups, or with none.
    public CatalogueEntry routed(@Nullable PluginVersion version) {
        return new CatalogueEntry(name, version, history);
    }

    /// The same without the bundle of a version, which stays in the history.
    ///
    /// @param atMs when, since 1970, UTC
    /// @throws IllegalArgumentException if new groups get it
    public CatalogueEntry deleted(PluginVersion version, long atMs) {
        return marked(version, current, atMs);
    }

    /// The same with the bundle of a version there again, and new groups get it.
    public CatalogueEntry restored(PluginVersion version) {
        return marked(version, version, 0);
    }

    private CatalogueEntry marked(
            PluginVersion version, @Nullable PluginVersion routed, long deletedMs) {
        List<Publication> marked =
                history.stream()
                        .map(p -> p.plugin().equals(version) ? p.deleted(deletedMs) : p)
                        .toList();
        return new CatalogueEntry(name, routed, marked);
    }

    /// The versions whose bundles are there, newest publication first.
    public List<PluginVersion> available() {
        return history.stream()
                .filter(publication -> !publication.isDeleted())
                .map(Publication::plugin)
                .toList();
    }

    /// The version of that text, if it was ever published.
    public Optional<PluginVersion> find(String version) {
        return history.stream()
                .map(Publication::plugin)
                .filter(plugin -> plugin.version().equals(version))
                .findFirst();
    }

    /// What was published before the current version, of those whose bundles are there.
    public Optional<PluginVersion> beforeCurrent() {
        return available().stream()
                .dropWhile(plugin -> !plugin.equals(current))
                .skip(1)
                .findFirst();
    }
}
