package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.LibraryPublication;

import java.util.ArrayList;
import java.util.List;

/// Libraries as JSON in the [CatalogueFormat].
final class LibraryFormat {

    private LibraryFormat() {}

    static void write(List<LibraryPublication> libraries, ArrayNode array) {
        for (LibraryPublication publication : libraries) {
            ObjectNode node = array.addObject();
            write(publication.library(), node);
            if (publication.isDeleted()) {
                node.put("deletedMs", publication.deletedMs());
            } else {
                node.put("publishedMs", publication.publishedMs());
                node.put("file", publication.file());
                node.put("operator", publication.operator());
                write(publication.signatures(), node);
            }
        }
    }

    static void write(List<String> signatures, ObjectNode node) {
        if (!signatures.isEmpty()) {
            signatures.forEach(node.putArray("signatures")::add);
        }
    }

    static void write(Library library, ObjectNode node) {
        node.put("name", library.symbolicName());
        node.put("version", library.version());
        node.put("sha256", library.sha256());
        node.put("size", library.size());
    }

    static List<LibraryPublication> publications(JsonNode array) {
        List<LibraryPublication> libraries = new ArrayList<>();
        for (JsonNode node : array) {
            libraries.add(
                    new LibraryPublication(
                            library(node),
                            node.path("publishedMs").asLong(),
                            node.path("file").asText(),
                            node.path("operator").asText(),
                            node.path("deletedMs").asLong(),
                            signatures(node)));
        }
        return libraries;
    }

    static List<Library> libraries(JsonNode array) {
        List<Library> libraries = new ArrayList<>();
        array.forEach(node -> libraries.add(library(node)));
        return libraries;
    }

    /// Of the bundle that a node describes.
    static List<String> signatures(JsonNode node) {
        List<String> signatures = new ArrayList<>();
        node.path("signatures").forEach(signature -> signatures.add(signature.asText()));
        return signatures;
    }

    private static Library library(JsonNode node) {
        return new Library(
                node.path("name").asText(),
                node.path("version").asText(),
                node.path("sha256").asText(),
                node.path("size").asLong());
    }
}
