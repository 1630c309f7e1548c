package org.stagedpipe.runtime.demo;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.TreeMap;

/// What the plugin's answers say, added up. For one thread.
final class Tally {

    private final TreeMap<String, Long> itemsByVersion = new TreeMap<>();
    private long read;
    private long loaded;
    private long duplicates;
    private long airportMisses;

    void add(JsonNode summary) {
        itemsByVersion.merge(summary.path("pluginVersion").asText(), 1L, Long::sum);
        read += summary.path("read").asLong();
        loaded += summary.path("loaded").asLong();
        duplicates += summary.path("duplicates").asLong();
        airportMisses += summary.path("airportMisses").asLong();
    }

    /// Items by the version that served them.
    TreeMap<String, Long> itemsByVersion() {
        return itemsByVersion;
    }

    long read() {
        return read;
    }

    long loaded() {
        return loaded;
    }

    long duplicates() {
        return duplicates;
    }

    long airportMisses() {
        return airportMisses;
    }
}
