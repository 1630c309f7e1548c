package org.stagedpipe.console.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/// The JSON of items and results: as long as they may be, where Jackson by itself reads no text of more than 20 MB, and with
/// all digits of their numbers, which it would read as `double`.
public final class ItemJson {

    private ItemJson() {}

    /// Reads one value and nothing after it.
    public static JsonMapper mapper() {
        StreamReadConstraints any =
                StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .build();
        return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(any).build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
                .build();
    }
}
