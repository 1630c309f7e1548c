package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// The catalogue as JSON. Fields are added, never given another meaning; what older programs must not read raises the
/// format's number.
final class CatalogueFormat {

    private static final int NUMBER = 1;

    private final JsonMapper mapper = JsonMapper.builder().build();

    /// @param file named in errors
    Catalogue read(String json, String file) throws StoreException {
        try {
            JsonNode root = mapper.readTree(json);
            long number = root.path("format").asLong(-1);
            if (number > NUMBER) {
                throw new StoreException(
                        file
                                + ": format "
                                + number
                                + " (expected: at most "
                                + NUMBER
                                + "); it was written by a newer version of this program");
            }
            if (number < 1) {
                throw new StoreException(file + ": no format number (expected: " + NUMBER + ")");
            }
            return catalogue(root);
        } catch (IOException | IllegalArgumentException e) {
            String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new StoreException(file + " is damaged: " + why, e);
        }
    }

    String write(Catalogue catalogue) {
        ObjectNode root = mapper.createObjectNode();
        root.put("format", NUMBER);
        root.put("version", catalogue.version());
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
            ObjectNode version = history.addObject();
            version.put("version", publication.plugin().version());
            version.put("sha256", publication.plugin().sha256());
            version.put("size", publication.plugin().size());
            version.put("publishedMs", publication.publishedMs());
            version.put("file", publication.file());
            version.put("operator", publication.operator());
            version.put("deletedMs", publication.deletedMs());
            if (publication.replaced() != null) {
                version.put("replaced", publication.replaced());
            }
            ArrayNode signatures = version.putArray("signatures");
            publication.signatures().forEach(signatures::add);
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
            history.add(
                    new Publication(
                            new PluginVersion(
                                    name,
                                    version.path("version").asText(),
                                    version.path("sha256").asText(),
                                    number(version, "size")),
                            number(version, "publishedMs"),
                            version.path("file").asText(),
                            version.path("operator").asText(""),
                            version.path("deletedMs").asLong(0),
                            LibraryFormat.libraries(version.path("libraries")),
                            LibraryFormat.signatures(version),
                            version.path("replaced").asText(null)));
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

    private static long number(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (!value.isIntegralNumber()) {
            throw new IllegalArgumentException(key + ": " + value + " (expected: a number)");
        }
        return value.asLong();
    }
}
