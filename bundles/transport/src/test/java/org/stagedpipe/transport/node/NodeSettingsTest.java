package org.stagedpipe.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class NodeSettingsTest {

    private static final Map<String, Object> LEAST = Map.of("name", "w1", "data", "data/w1");

    @Test
    void defaultsToLoopbackWithoutTls() {
        assertEquals(
                new NodeSettings(
                        "w1",
                        new Endpoint("127.0.0.1", 9420),
                        "127.0.0.1",
                        List.of(),
                        Path.of("data/w1"),
                        Security.loopbackOnly()),
                read(Map.of()));
    }

    @Test
    void readsEveryKey(@TempDir Path folder) throws Exception {
        String pem = Files.createFile(folder.resolve("x.pem")).toString();
        Settings settings =
                settings(
                        Map.of(
                                "host",
                                "0.0.0.0",
                                "port",
                                0,
                                "advertise",
                                "w1.example.org",
                                "overseers",
                                "o1:9400, o2:9400",
                                "tlsCertificate",
                                pem,
                                "tlsKey",
                                pem,
                                "tlsAuthorities",
                                pem));

        assertEquals(
                new NodeSettings(
                        "w1",
                        new Endpoint("0.0.0.0", 0),
                        "w1.example.org",
                        List.of(new Endpoint("o1", 9400), new Endpoint("o2", 9400)),
                        Path.of("data/w1"),
                        Security.tls(Path.of(pem), Path.of(pem), Path.of(pem))),
                NodeSettings.read(settings, 9420));
        settings.refuseUnknown();
    }

    @Test
    void refusesWhatCannotBeUsed(@TempDir Path folder) throws Exception {
        String pem = Files.createFile(folder.resolve("x.pem")).toString();
        String missing = folder.resolve("y.pem").toString();

        assertEquals(
                "pid: name: \"W 1\" (expected: lower-case letters, digits and hyphens, a letter"
                        + " first, at most 63)",
                refusal(Map.of("name", "W 1")));
        assertEquals(
                "pid: port: 65536 (expected: a whole number from 0 to 65535)",
                refusal(Map.of("port", 65_536)));
        assertEquals(
                "pid: host: \"\" (expected: a name or an address)", refusal(Map.of("host", "")));
        assertEquals("pid: data: \"\" (expected: a folder)", refusal(Map.of("data", "")));
        assertEquals(
                "pid: overseers: \"o1\" (expected: host:port, more of them separated by commas)",
                refusal(Map.of("overseers", "o1,o2:9400")));
        assertEquals(
                "pid: advertise: \"0.0.0.0\" (expected: the name or address that peers reach the"
                        + " node by)",
                refusal(Map.of("host", "0.0.0.0")));
        assertEquals(
                "pid: tlsCertificate: missing (expected: tlsCertificate, tlsKey and tlsAuthorities"
                        + " together)",
                refusal(Map.of("tlsKey", pem)));
        assertEquals(
                "pid: tlsKey: \"" + missing + "\" (expected: a readable PEM file)",
                refusal(Map.of("tlsCertificate", pem, "tlsKey", missing, "tlsAuthorities", pem)));
    }

    private static String refusal(Map<String, Object> changed) {
        return String.valueOf(
                assertThrows(SettingsException.class, () -> read(changed)).getMessage());
    }

    private static NodeSettings read(Map<String, Object> changed) {
        return NodeSettings.read(settings(changed), 9420);
    }

    private static Settings settings(Map<String, Object> changed) {
        Map<String, Object> properties = new HashMap<>(LEAST);
        properties.putAll(changed);
        return new Settings("pid", properties);
    }
}
