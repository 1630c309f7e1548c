package org.stagedpipe.runtime.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;

/// The field of an object of JSON whose value is the item's key. Safe for use by many threads.
record KeyField(String name) {

    private static final JsonFactory JSON = new JsonFactory();

    /// The value as it is written: `1` and `1.0` are two keys, `1` and `"1"` are one.
    ///
    /// @throws RefusedLineException if the item has no such field, or none with a text, a number, true or false
    String of(byte[] item) throws RefusedLineException {
        try (JsonParser parser = JSON.createParser(item)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean isKey = parser.currentName().equals(name);
                    JsonToken value = parser.nextToken();
                    if (isKey && value.isScalarValue() && value != JsonToken.VALUE_NULL) {
                        return parser.getText();
                    }
                    parser.skipChildren();
                }
            }
            throw new RefusedLineException("it has no key" + expected());
        } catch (IOException e) {
            throw new RefusedLineException("its key cannot be read" + expected());
        }
    }

    private String expected() {
        return " (expected: an object of JSON, in it \""
                + name
                + "\" with a text, a number, true or false)";
    }
}
