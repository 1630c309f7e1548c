package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "localhost:9400, localhost, 9400, localhost:9400",
        "10.0.0.1:0, 10.0.0.1, 0, 10.0.0.1:0",
        "[::1]:65535, ::1, 65535, [::1]:65535",
        "o1.example.org:09400, o1.example.org, 9400, o1.example.org:9400"
    })
    void readsHostAndPort(String text, String host, int port, String shown) {
        Endpoint endpoint = Endpoint.parse(text);

        assertEquals(new Endpoint(host, port), endpoint);
        assertEquals(shown, endpoint.toString());
        assertEquals(endpoint, Endpoint.of(endpoint.toAddress()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                "host:",
                ":9400",
                "host:port",
                "host:-1",
                "host:123456",
                "host:65536",
                "[]:1",
                " :1",
                "::1:9400",
                "http://host:9400",
                "host:9400 "
            })
    void refusesAnythingElse(String text) {
        String message =
                String.valueOf(
                        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text))
                                .getMessage());
        assertTrue(message.contains("(expected: "), message);
    }

    @Test
    void saysWhatWasWrong() {
        assertEquals(
                "address: \"here\" (expected: host:port)",
                assertThrows(IllegalArgumentException.class, () -> Endpoint.parse("here"))
                        .getMessage());
        assertEquals(
                "port: 70000 (expected: 0 to 65535)",
                assertThrows(IllegalArgumentException.class, () -> Endpoint.parse("a:70000"))
                        .getMessage());
    }

    @Test
    void knowsLoopbackAddresses() throws Exception {
        assertTrue(new Endpoint("127.0.0.1", 1).isLoopback());
        assertTrue(new Endpoint("127.8.8.8", 1).isLoopback());
        assertTrue(new Endpoint("::1", 1).isLoopback());
        assertFalse(new Endpoint("0.0.0.0", 1).isLoopback());
        assertFalse(new Endpoint("192.0.2.1", 1).isLoopback());
    }
}
