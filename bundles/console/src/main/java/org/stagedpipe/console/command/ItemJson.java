package org.stagedpipe.console.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;

import java.io.IOException;

/// Lines of JSON with an item or a result in them: as long as these may be, where Jackson by itself reads no text of more than
/// 20 MB, and as they are, where it would read numbers as `double` and keep one of equal keys.
public final class ItemJson {

    private static final ObjectMapper JSON = mapper();

    private ItemJson() {}

    /// A line without anything in it.
    public static ObjectNode line() {
        return JSON.createObjectNode();
    }

    /// A line that shows a value.
    static ObjectNode line(Object value) {
        return JSON.valueToTree(value);
    }

    /// Sets what those bytes are: one JSON value under the name, anything else under `base64`.
    public static void put(ObjectNode line, String name, byte[] data) throws IOException {
        try {
            line.putPOJO(name, JSON.readValue(data, TokenBuffer.class));
        } catch (JsonProcessingException e) {
            line.put("base64", data); // another codec
        }
    }

    /// The line, in UTF-8, without an end.
    public static byte[] bytes(ObjectNode line) throws IOException {
        return JSON.writeValueAsBytes(line);
    }

    private static JsonMapper mapper() {
        StreamReadConstraints any =
                StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .build();
        StreamWriteConstraints deeper = // than what may be read: a line adds a level
                StreamWriteConstraints.builder().maxNestingDepth(Integer.MAX_VALUE).build();
        return escaped(
                JsonMapper.builder(
                                JsonFactory.builder()
                                        .streamReadConstraints(any)
                                        .streamWriteConstraints(deeper)
                                        .build())
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build());
    }

    /// The mapper, which from now on escapes what a terminal obeys.
    static JsonMapper escaped(JsonMapper mapper) {
        mapper.getFactory().setCharacterEscapes(new JsonEscapes());
        return mapper;
    }
}
