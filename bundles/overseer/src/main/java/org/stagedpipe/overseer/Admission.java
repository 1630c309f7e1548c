package org.stagedpipe.overseer;

import org.stagedpipe.cluster.Spelling;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The rules by which a change of the catalogue is allowed. No state.
final class Admission {

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
    static CatalogueEntry entry(Catalogue catalogue, Publication publication) {
        PluginVersion plugin = publication.plugin();
        return catalogue
                .known(plugin.name())
                .map(entry ->
                        entry.find(plugin.version()).isPresent()
                                ? entry.restored(publication)
                                : entry.published(publication))
                .orElseGet(() -> CatalogueEntry.first(publication));
    }

    /// @throws CallException NOT_FOUND, naming what there is
    static CatalogueEntry installed(Catalogue catalogue, String name) throws CallException {
        return catalogue.installed(name).orElseThrow(() -> unknown(catalogue, name));
    }

    /// The same, also of one that was uninstalled.
    static CatalogueEntry known(Catalogue catalogue, String name) throws CallException {
        return catalogue.known(name).orElseThrow(() -> unknown(catalogue, name));
    }

    /// @param version empty for the one before the current one
    /// @throws CallException NOT_FOUND, naming the versions
    static PluginVersion rollbackTarget(CatalogueEntry entry, String version) throws CallException {
        if (!version.isEmpty()) {
            return available(entry, version);
        }
        return entry.beforeCurrent()
                .orElseThrow(() ->
                        noVersion(
                                entry,
                                entry.name() + ": no version before " + current(entry).version()));
    }

    private static CallException noVersion(CatalogueEntry entry, String text) {
        return new CallException(
                Kind.NOT_FOUND,
                text
                        + " (expected: one of "
                        + entry.available().stream()
                                .map(PluginVersion::version)
                                .collect(Collectors.joining(", "))
                        + ")");
    }

    /// What a version must not be if its bundle is to be deleted.
    ///
    /// @param groups how many groups in progress run on it
    /// @param holders the workers that hold it
    /// @throws CallException REFUSED with who uses it
    static void unused(
            CatalogueEntry entry, PluginVersion version, long groups, List<String> holders)
            throws CallException {
        String use = "";
        if (version.equals(entry.current())) {
            use = "is what new groups get";
        } else if (!entry.labelsOf(version).isEmpty()) {
            use = "has the label " + String.join(", ", entry.labelsOf(version));
        } else if (groups > 0) {
            use = "has " + groups + (groups == 1 ? " group" : " groups") + " in progress";
        } else if (!holders.isEmpty()) {
            use = "is held by " + String.join(", ", holders);
        }
        if (!use.isEmpty()) {
            throw new CallException(
                    Kind.REFUSED, version + " " + use + " (expected: a version that nothing uses)");
        }
    }

    /// @throws CallException INVALID if that version cannot have this label
    static void checkLabel(CatalogueEntry entry, String label, PluginVersion version)
            throws CallException {
        try {
            entry.labelled(label, version);
        } catch (IllegalArgumentException e) {
            throw new CallException(Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /// A version whose bundle is there.
    ///
    /// @param version or a label
    ///
    /// @throws CallException NOT_FOUND, naming the versions
    static PluginVersion available(CatalogueEntry entry, String version) throws CallException {
        return entry.find(version)
                .filter(entry.available()::contains)
                .orElseThrow(() -> noVersion(entry, entry.name() + " has no version " + version));
    }

    /// @throws CallException NOT_FOUND, naming the labels
    static void checkLabelled(CatalogueEntry entry, String label) throws CallException {
        if (!entry.labels().containsKey(label)) {
            throw new CallException(
                    Kind.NOT_FOUND,
                    "no version of "
                            + entry.name()
                            + " is "
                            + label
                            + " (expected: "
                            + (entry.labels().isEmpty()
                                    ? "a label; it has none"
                                    : "one of " + String.join(", ", entry.labels().keySet()))
                            + ")"
                            + Spelling.hint(label, entry.labels().keySet())
                                    .map(question -> "; " + question)
                                    .orElse(""));
        }
    }

    /// The refusal for a name that is not in the catalogue.
    static CallException unknown(Catalogue catalogue, String name) {
        List<String> names = catalogue.installed().stream().map(CatalogueEntry::name).toList();
        if (names.isEmpty()) {
            return new CallException(
                    Kind.NOT_FOUND, "unknown plugin \"" + name + "\"; no plugin is installed");
        }
        String nearest = Spelling.hint(name, names).map(question -> "; " + question).orElse("");
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
}
