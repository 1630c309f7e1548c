package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The rules by which a change of the catalogue is allowed. No state.
final class Admission {

    private static final int SIMILAR = 3; // letters that may differ in a name that was meant

    private Admission() {}

    /// @throws CallException EXISTS if this version was ever published with other bytes
    static void check(Catalogue catalogue, PluginVersion plugin) throws CallException {
        Optional<PluginVersion> known =
                catalogue.known(plugin.name()).flatMap(entry -> entry.find(plugin.version()));
        if (known.isPresent() && !known.get().equals(plugin)) {
            throw new CallException(
                    Kind.EXISTS,
                    plugin
                            + " exists with other bytes: sha-256 "
                            + known.get().sha256()
                            + ", this file has "
                            + plugin.sha256()
                            + " (expected: the same bytes, or another version)");
        }
    }

    /// @throws CallException EXISTS for what is to be installed and is there, NOT_FOUND for an update of what is not
    static void checkMode(Catalogue catalogue, PluginVersion plugin, Mode mode)
            throws CallException {
        Optional<CatalogueEntry> installed = catalogue.installed(plugin.name());
        if (mode == Mode.INSTALL && installed.isPresent()) {
            throw new CallException(
                    Kind.EXISTS,
                    plugin.name()
                            + " is installed, version "
                            + current(installed.get()).version()
                            + " (expected: a new plugin, or an update)");
        }
        if (mode == Mode.UPDATE && installed.isEmpty()) {
            throw unknown(catalogue, plugin.name());
        }
    }

    /// The plugin's entry once it is published.
    static CatalogueEntry entry(
            Catalogue catalogue, PluginVersion plugin, long publishedMs, String file) {
        Publication publication = new Publication(plugin, publishedMs, file);
        return catalogue
                .known(plugin.name())
                .map(entry ->
                        entry.find(plugin.version()).isPresent()
                                ? entry.routed(plugin)
                                : entry.published(publication))
                .orElseGet(() -> CatalogueEntry.first(publication));
    }

    /// @throws CallException NOT_FOUND, naming what there is
    static CatalogueEntry installed(Catalogue catalogue, String name) throws CallException {
        return catalogue.installed(name).orElseThrow(() -> unknown(catalogue, name));
    }

    /// @throws CallException NOT_FOUND, naming the versions
    static PluginVersion rollbackTarget(CatalogueEntry entry, String version) throws CallException {
        Optional<PluginVersion> target =
                version.isEmpty() ? entry.beforeCurrent() : entry.find(version);
        return target.orElseThrow(() ->
                new CallException(
                        Kind.NOT_FOUND,
                        (version.isEmpty()
                                        ? entry.name()
                                                + ": no version before "
                                                + current(entry).version()
                                        : entry.name() + " has no version " + version)
                                + " (expected: one of "
                                + entry.history().stream()
                                        .map(publication -> publication.plugin().version())
                                        .collect(Collectors.joining(", "))
                                + ")"));
    }

    /// The refusal for a name that is not in the catalogue.
    static CallException unknown(Catalogue catalogue, String name) {
        List<String> names = catalogue.installed().stream().map(CatalogueEntry::name).toList();
        if (names.isEmpty()) {
            return new CallException(
                    Kind.NOT_FOUND, "unknown plugin \"" + name + "\"; no plugin is installed");
        }
        String nearest =
                names.stream()
                        .filter(candidate -> distance(name, candidate) <= SIMILAR)
                        .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                        .map(candidate -> "; did you mean " + candidate + "?")
                        .orElse("");
        return new CallException(
                Kind.NOT_FOUND,
                "unknown plugin \""
                        + name
                        + "\" (expected: one of "
                        + String.join(", ", names)
                        + ")"
                        + nearest);
    }

    private static PluginVersion current(CatalogueEntry entry) {
        PluginVersion current = entry.current();
        if (current == null) {
            throw new IllegalStateException(entry.name() + " is not installed");
        }
        return current;
    }

    /// Levenshtein's: letters to insert, delete or exchange.
    static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int exchange = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(exchange, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
