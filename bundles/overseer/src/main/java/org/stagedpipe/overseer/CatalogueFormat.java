package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// The parts of a [StoredCatalogue] and their index as JSON. Fields are added, never given another meaning; what older programs
/// must not read raises the format's number.
final class CatalogueFormat {

    private static final int NUMBER = 2; // 1 was all of it in one value

    private final JsonMapper mapper = JsonMapper.builder().build();

    /// Which parts there are.
    ///
    /// @param version of the catalogue
    /// @param parts by their values' names, each with the catalogue's version in which it was written last
    /// @param lineage of the catalogue
    record Index(long version, SortedMap<String, Long> parts, Lineage lineage) {}

    /// @param name of the value, for errors
    Index index(String json, String name) throws StoreException {
        return read(
                json,
                name,
                root -> {
                    SortedMap<String, Long> parts = new TreeMap<>();
                    for (String part : (Iterable<String>) root.path("parts")::fieldNames) {
                        parts.put(part, number(root.path("parts"), part));
                    }
                    return new Index(number(root, "version"), parts, lineage(root.path("origins")));
                });
    }

    private static Lineage lineage(JsonNode origins) {
        TreeMap<Long, Long> all = new TreeMap<>();
        for (String version : (Iterable<String>) origins::fieldNames) {
            all.put(Long.parseLong(version), number(origins, version));
        }
        return new Lineage(all);
    }

    String write(Index index) {
        ObjectNode root = root(index.version());
        index.parts().forEach(root.putObject("parts")::put);
        ObjectNode origins = root.putObject("origins");
        index.lineage()
                .origins()
                .forEach((version, origin) -> origins.put(String.valueOf(version), origin));
        return root.toString();
    }

    /// @param name of the value, for errors
    Catalogue read(String json, String name) throws StoreException {
        return read(json, name, CatalogueFormat::catalogue);
    }

    private <T> T read(String json, String name, Function<JsonNode, T> reading)
            throws StoreException {
        try {
            JsonNode root = mapper.readTree(json);
            long number = root.path("format").asLong(-1);
            if (number != NUMBER) {
                throw StoreException.ofValue(
                        name
                                + ": format "
                                + number
                                + " (expected: "
                                + NUMBER
                                + "); it was written by "
                                + (number < NUMBER ? "an older" : "a newer")
                                + " version of this program, which keeps the catalogue otherwise");
            }
            return reading.apply(root);
        } catch (IOException | IllegalArgumentException e) {
            String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw StoreException.ofValue(name + " is damaged: " + why, e);
        }
    }

    private ObjectNode root(long version) {
        ObjectNode root = mapper.createObjectNode();
        root.put("format", NUMBER);
        root.put("version", version);
        return root;
    }

    String write(Catalogue catalogue) {
        ObjectNode root = root(catalogue.version());
        ArrayNode plugins = root.putArray("plugins");
        catalogue.entries().values().forEach(entry -> write(entry, plugins.addObject()));
        ArrayNode rollouts = root.putArray("rollouts");
        catalogue.rollouts().forEach(rollout -> RolloutFormat.write(rollout, rollouts.addObject()));
        LibraryFormat.write(catalogue.libraries(), root.putArray("libraries"));
        return root.toString();
    }

    private static void write(CatalogueEntry entry, ObjectNode node) {
        node.put("name", entry.name());
        PluginVersion current = entry.current();
        if (current != null) {
            node.put("current", current.version());
        }
        ObjectNode labels = node.putObject("labels");
        entry.labels().forEach(labels::put);
        ArrayNode history = node.putArray("history");
        for (Publication publication : entry.history()) {
            write(publication, history.addObject());
        }
    }

    static void write(Publication publication, ObjectNode version) {
        version.put("version", publication.plugin().version());
        version.put("sha256", publication.plugin().sha256());
        version.put("size", publication.plugin().size());
        if (publication.isDeleted()) {
            version.put("deletedMs", publication.deletedMs());
        } else {
            version.put("publishedMs", publication.publishedMs());
            version.put("file", publication.file());
            version.put("operator", publication.operator());
            LibraryFormat.write(publication.signatures(), version);
        }
        if (publication.replaced() != null) {
            version.put("replaced", publication.replaced());
        }
        if (!publication.libraries().isEmpty()) {
            ArrayNode libraries = version.putArray("libraries");
            publication
                    .libraries()
                    .forEach(library -> LibraryFormat.write(library, libraries.addObject()));
        }
    }

    private static Catalogue catalogue(JsonNode root) {
        TreeMap<String, CatalogueEntry> entries = new TreeMap<>();
        for (JsonNode plugin : root.path("plugins")) {
            CatalogueEntry entry = entry(plugin);
            entries.put(entry.name(), entry);
        }
        return new Catalogue(
                number(root, "version"),
                entries,
                RolloutFormat.read(root),
                LibraryFormat.publications(root.path("libraries")));
    }

    private static CatalogueEntry entry(JsonNode plugin) {
        String name = plugin.path("name").asText();
        List<Publication> history = new ArrayList<>();
        for (JsonNode version : plugin.path("history")) {
            history.add(publication(name, version));
        }
        TreeMap<String, String> labels = new TreeMap<>();
        plugin.path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
        CatalogueEntry uninstalled = new CatalogueEntry(name, null, history, labels);
        @Nullable String current = plugin.path("current").asText(null);
        return current == null
                ? uninstalled
                : new CatalogueEntry(
                        name,
                        uninstalled
                                .find(current)
                                .orElseThrow(() ->
                                        new IllegalArgumentException(
                                                name
                                                        + ": current "
                                                        + current
                                                        + " is not in the history")),
                        history,
                        labels);
    }

    /// @param name the plugin's
    static Publication publication(String name, JsonNode version) {
        return new Publication(
                new PluginVersion(
                        name,
                        version.path("version").asText(),
                        version.path("sha256").asText(),
                        number(version, "size")),
                version.path("publishedMs").asLong(0),
                version.path("file").asText(),
                version.path("operator").asText(),
                version.path("deletedMs").asLong(0),
                LibraryFormat.libraries(version.path("libraries")),
                LibraryFormat.signatures(version),
                version.path("replaced").asText(null));
    }

    private static long number(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (!value.isIntegralNumber()) {
            throw new IllegalArgumentException(key + ": " + value + " (expected: a number)");
        }
        return value.asLong();
    }
}
