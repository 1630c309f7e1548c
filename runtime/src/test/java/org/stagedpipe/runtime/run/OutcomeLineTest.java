package org.stagedpipe.runtime.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stagedpipe.api.Outcome;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Results as they are.
class OutcomeLineTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"amount\":12345678901234567890.12}",
                "[0.1234567890123456789,1.500,1e400,-0.0,12345678901234567890123]",
                "{\"a\":1,\"a\":2}",
                "2.50",
                "null"
            })
    void keepsWhatItIsGiven(String result) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes)) {
            new OutcomeLine(out)
                    .write(new Outcome.Ok<>(0, result.getBytes(StandardCharsets.UTF_8)));
        }
        assertEquals(
                "{\"sequence\":0,\"result\":" + result + "}\n",
                bytes.toString(StandardCharsets.UTF_8));
    }
}
