package org.stagedpipe.cluster.catalogue;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A plugin: all that was ever published of it, and what new groups get.
///
/// @param name the plugin's name
/// @param current what new groups get; null once the plugin is uninstalled, its history stays
/// @param history newest publication first, at least one, no version twice
/// @param labels names that operators gave to versions of the history, each with that version
public record CatalogueEntry(
        String name,
        @Nullable PluginVersion current,
        List<Publication> history,
        SortedMap<String, String> labels) {

    /// What a label looks like; never like a version.
    private static final String LABEL = "[A-Za-z][A-Za-z0-9_-]{0,49}";

    /// @throws IllegalArgumentException if the parts do not belong together
    public CatalogueEntry {
        history = List.copyOf(history);
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
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
        for (Map.Entry<String, String> label : labels.entrySet()) {
            if (!label.getKey().matches(LABEL)) {
                throw new IllegalArgumentException(
                        "label: \""
                                + label.getKey()
                                + "\" (expected: a letter, then letters, digits, _ and -, at most"
                                + " 50)");
            }
            if (history.stream().noneMatch(p -> p.plugin().version().equals(label.getValue()))) {
                throw new IllegalArgumentException(
                        "label "
                                + label.getKey()
                                + ": "
                                + label.getValue()
                                + " (expected: a version of the history)");
            }
        }
    }

    /// One without labels.
    public CatalogueEntry(String name, @Nullable PluginVersion current, List<Publication> history) {
        this(name, current, history, new TreeMap<>());
    }

    /// A plugin's first version, for new groups.
    public static CatalogueEntry first(Publication publication) {
        return new CatalogueEntry(publication.plugin().name(), null, List.of(publication))
                .routed(publication.plugin());
    }

    /// The same with one more version, which new groups get.
    public CatalogueEntry published(Publication publication) {
        List<Publication> longer = new ArrayList<>(history);
        longer.addFirst(publication);
        return new CatalogueEntry(name, publication.plugin(), longer, labels);
    }

    /// The same with another of its versions for new groups, or with none.
    public CatalogueEntry routed(@Nullable PluginVersion version) {
        return version == null
                ? new CatalogueEntry(name, null, history, labels)
                : changed(version, version, p -> p.replaced() == null ? p.replacing("") : p);
    }

    /// The same with a version that was rolled out for new groups: a rollback goes to the one that they get now.
    public CatalogueEntry promoted(PluginVersion version) {
        String before = current == null ? "" : current.version();
        return changed(version, version, publication -> publication.replacing(before));
    }

    /// The same after that version was rolled back: nobody gets it unasked.
    public CatalogueEntry rejected(PluginVersion version) {
        return version.equals(current) ? this : bypassed(version, p -> p.replacing(null));
    }

    /// What new groups got before they got the current version, of what is there: what that was rolled out in place of, or
    /// else what was published before it.
    public Optional<PluginVersion> beforeCurrent() {
        if (current == null) {
            return Optional.empty();
        }
        List<PluginVersion> targets = accepted();
        String replaced = of(current).map(Publication::replaced).orElse("");
        return targets.stream()
                .filter(version -> version.version().equals(replaced))
                .findFirst()
                .or(() ->
                        targets.stream()
                                .dropWhile(version -> !version.equals(current))
                                .skip(1)
                                .findFirst());
    }

    /// What the version took the place of is what those have replaced that took its own place.
    private CatalogueEntry bypassed(PluginVersion version, UnaryOperator<Publication> change) {
        @Nullable String before = of(version).map(Publication::replaced).orElse(null);
        List<Publication> changed = new ArrayList<>();
        for (Publication publication : history) {
            String replaced = publication.replaced();
            boolean isLoop = publication.plugin().version().equals(before);
            if (publication.plugin().equals(version)) {
                changed.add(change.apply(publication));
            } else if (version.version().equals(replaced)) {
                changed.add(publication.replacing(before == null || isLoop ? "" : before));
            } else {
                changed.add(publication);
            }
        }
        return new CatalogueEntry(name, current, changed, labels);
    }

    /// The same without the bundle of a version, of which the history keeps what a deleted [Publication] has.
    ///
    /// @param atMs when, since 1970, UTC
    /// @throws IllegalArgumentException if new groups get it
    public CatalogueEntry deleted(PluginVersion version, long atMs) {
        List<Library> needed = librariesOf(version);
        List<Publication> shorter =
                history.stream().map(publication -> publication.without(needed)).toList();
        return new CatalogueEntry(name, current, shorter, labels)
                .bypassed(version, publication -> publication.deleted(atMs));
    }

    /// The same with the bundle of a version there again, and new groups get it.
    ///
    /// @param again the version as it is published now
    public CatalogueEntry restored(Publication again) {
        PluginVersion version = again.plugin();
        return changed(version, version, p -> p.isDeleted() ? again : p.renewed(again));
    }

    /// The same with more signatures for a version, newest first.
    public CatalogueEntry signed(PluginVersion version, List<String> more) {
        return changed(version, current, publication -> publication.signed(more));
    }

    private CatalogueEntry changed(
            PluginVersion version,
            @Nullable PluginVersion routed,
            UnaryOperator<Publication> change) {
        List<Publication> changed =
                history.stream()
                        .map(p -> p.plugin().equals(version) ? change.apply(p) : p)
                        .toList();
        return new CatalogueEntry(name, routed, changed, labels);
    }

    /// The same with a label on that version, and on no other.
    ///
    /// @throws IllegalArgumentException if that is no label, or the version is not in the history
    public CatalogueEntry labelled(String label, PluginVersion version) {
        TreeMap<String, String> more = new TreeMap<>(labels);
        more.put(label, version.version());
        return new CatalogueEntry(name, current, history, more);
    }

    /// The same without that label.
    public CatalogueEntry unlabelled(String label) {
        TreeMap<String, String> fewer = new TreeMap<>(labels);
        fewer.remove(label);
        return new CatalogueEntry(name, current, history, fewer);
    }

    /// The labels of that version.
    public List<String> labelsOf(PluginVersion version) {
        return labels.entrySet().stream()
                .filter(label -> label.getValue().equals(version.version()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// What workers need for that version beside what they have.
    public List<Library> librariesOf(PluginVersion version) {
        return of(version).map(Publication::libraries).orElse(List.of());
    }

    /// Whether somebody signed that version's bundle.
    public boolean isSigned(PluginVersion version) {
        return of(version).filter(publication -> !publication.signatures().isEmpty()).isPresent();
    }

    private Optional<Publication> of(PluginVersion version) {
        return history.stream()
                .filter(publication -> publication.plugin().equals(version))
                .findFirst();
    }

    /// The versions whose bundles are there, newest publication first.
    public List<PluginVersion> available() {
        return history.stream()
                .filter(publication -> !publication.isDeleted())
                .map(Publication::plugin)
                .toList();
    }

    /// Those of them that new groups got, but for what was rolled back since.
    public List<PluginVersion> accepted() {
        return history.stream()
                .filter(publication -> !publication.isDeleted() && publication.replaced() != null)
                .map(Publication::plugin)
                .toList();
    }

    /// The version of that text, or with that label, if it was ever published.
    public Optional<PluginVersion> find(String text) {
        String version = labels.getOrDefault(text, text);
        return history.stream()
                .map(Publication::plugin)
                .filter(plugin -> plugin.version().equals(version))
                .findFirst();
    }
}
