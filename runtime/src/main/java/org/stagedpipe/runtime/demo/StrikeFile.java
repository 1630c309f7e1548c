package org.stagedpipe.runtime.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// The reports of bird strikes, as lines, and as items of many lines.
///
/// @param lines without the header
record StrikeFile(List<String> lines) {

    private static final int FIRST_LINE = 2; // the header is line 1
    private static final ObjectMapper JSON = new ObjectMapper();

    StrikeFile {
        lines = List.copyOf(lines);
    }

    /// Reads a gzipped CSV file.
    static StrikeFile read(Path file) throws IOException {
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(Files.newInputStream(file)),
                                StandardCharsets.UTF_8))) {
            return new StrikeFile(reader.lines().skip(1).toList());
        }
    }

    /// Lines that differ from all lines before them.
    int distinct() {
        return new HashSet<>(lines).size();
    }

    /// Items of the lines from one index up to another.
    List<byte[]> items(int from, int to, int linesPerItem) {
        List<byte[]> items = new ArrayList<>();
        for (int start = from; start < to; start += linesPerItem) {
            items.add(item(start, Math.min(to, start + linesPerItem)));
        }
        return items;
    }

    private byte[] item(int from, int to) {
        ObjectNode item = JSON.createObjectNode();
        ArrayNode array = item.putArray("lines");
        for (int i = from; i < to; i++) {
            array.addObject().put("number", i + FIRST_LINE).put("text", lines.get(i));
        }
        try {
            return JSON.writeValueAsBytes(item);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers have JSON", e);
        }
    }
}
