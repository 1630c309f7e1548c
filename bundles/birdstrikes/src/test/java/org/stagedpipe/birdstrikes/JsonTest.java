package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/// What clients see: the README promises these texts.
class JsonTest {

    private final ObjectMapper mapper = new ObjectMapper();

    @Test
    void readsAnItem() throws Exception {
        assertEquals(
                new Lines(List.of(new Line(17, "a,b"))),
                mapper.readerFor(mapper.constructType(new BirdStrikes().dataType()))
                        .readValue("{\"lines\":[{\"number\":17,\"text\":\"a,b\"}]}"));
    }

    @Test
    void writesASummary() throws Exception {
        Batch summary = new Summary("1.1.0", 3, 2, 1, 0, 1, 5, Map.of("winter", 2));
        assertEquals(
                "{\"pluginVersion\":\"1.1.0\",\"read\":3,\"loaded\":2,\"duplicates\":1,"
                        + "\"airportMisses\":0,\"speedsMissing\":1,\"costTotal\":5,"
                        + "\"seasons\":{\"winter\":2}}",
                mapper.writeValueAsString(summary));
    }

    @Test
    void saysWhatAnItemLooksLike() {
        assertExplained("{}");
        assertExplained("{\"lines\":[null]}");
        assertExplained("{\"lines\":[{\"number\":17}]}");
    }

    private void assertExplained(String json) {
        String text =
                assertThrows(
                                JsonProcessingException.class,
                                () -> mapper.readValue(json, Lines.class))
                        .getOriginalMessage();
        assertTrue(String.valueOf(text).contains("\"number\":17,\"text\":\"...\"}"), text);
    }
}
