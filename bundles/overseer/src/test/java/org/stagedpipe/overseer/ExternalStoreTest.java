package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.Settings;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// How an overseer is told to speak to a ZooKeeper that others run.
class ExternalStoreTest {

    private static final String HERE = "127.0.0.1:2181";
    private static final String ELSEWHERE = "192.0.2.1:2181";

    @TempDir Path folder;
    private Security own;
    private Path other;

    @BeforeEach
    void files() throws Exception {
        own = Security.tls(file("own.pem"), file("own.key"), file("own-ca.pem"));
        other = file("other.pem");
    }

    @Test
    void plainTextIsSpokenOnLoopbackOnlyUnlessItIsAskedFor() {
        assertEquals(
                new Terms.External(List.of(HERE, "localhost:1"), null),
                read(Security.loopbackOnly(), Map.of("store", HERE + ", localhost:1")));
        assertRefused(
                "store: \""
                        + ELSEWHERE
                        + "\" (expected: a loopback address, TLS files, or"
                        + " storeProtocol plain to go without)",
                Map.of("store", HERE + "," + ELSEWHERE));
        Map<String, Object> asked = Map.of("store", ELSEWHERE, "storeProtocol", "plain");
        Terms.External plain = new Terms.External(List.of(ELSEWHERE), null);
        assertEquals(plain, read(Security.loopbackOnly(), asked));
        assertEquals(plain, read(own, asked)); // an overseer with TLS as well
    }

    @Test
    void tlsIsSpokenWithFilesOfItsOwnOrTheOverseers() {
        assertEquals(pem("own.pem", "own.key", "own-ca.pem"), tls(own, Map.of("store", HERE)));
        assertEquals(
                pem("own.pem", "own.key", "other.pem"),
                tls(own, Map.of("store", ELSEWHERE, "storeTlsAuthorities", other)));
        Map<String, Object> all =
                Map.of(
                        "store", ELSEWHERE,
                        "storeProtocol", "tls",
                        "storeTlsCertificate", other,
                        "storeTlsKey", other,
                        "storeTlsAuthorities", other);
        assertEquals(pem("other.pem", "other.pem", "other.pem"), tls(Security.loopbackOnly(), all));
    }

    @Test
    void whatContradictsItselfIsRefused() {
        assertNull(read(own, Map.of()));
        assertRefused(
                "storeProtocol: \"plain\" (expected: nothing without store)",
                Map.of("storeProtocol", "plain"));
        assertRefused(
                "storeTlsKey: \"" + other + "\" (expected: nothing without store)",
                Map.of("storeTlsKey", other));
        assertRefused(
                "storeTlsAuthorities: \""
                        + other
                        + "\" (expected: no TLS files with storeProtocol"
                        + " plain)",
                Map.of("store", HERE, "storeProtocol", "plain", "storeTlsAuthorities", other));
        assertRefused(
                "storeTlsCertificate: \""
                        + other
                        + "\" (expected: storeTlsCertificate and"
                        + " storeTlsKey together)",
                Map.of("store", HERE, "storeTlsCertificate", other));
        assertRefused(
                "storeTlsCertificate: missing (expected: a PEM file, as the overseer itself has no"
                        + " TLS)",
                Map.of("store", HERE, "storeProtocol", "tls"));
        assertRefused(
                "storeTlsAuthorities: \"absent.pem\" (expected: a readable PEM file)",
                Map.of(
                        "store", HERE,
                        "storeTlsCertificate", other,
                        "storeTlsKey", other,
                        "storeTlsAuthorities", "absent.pem"));
        assertRefused(
                "storeProtocol: \"TLS\" (expected: tls or plain)",
                Map.of("store", HERE, "storeProtocol", "TLS"));
        assertRefused("store: \",\" (expected: host:port,host:port)", Map.of("store", ","));
        for (String address : List.of("zk1", "zk1:0", "zk1:2181/path")) {
            assertRefused(
                    "store: \""
                            + address
                            + "\" (expected: host:port, more of them separated by commas)",
                    Map.of("store", HERE + "," + address, "storeProtocol", "plain"));
        }
    }

    private static Terms.@Nullable External read(Security own, Map<String, Object> properties) {
        Settings settings = new Settings("overseer", properties);
        Terms.External read = ExternalStore.read(settings, own);
        settings.refuseUnknown();
        return read;
    }

    private static Terms.@Nullable PemFiles tls(Security own, Map<String, Object> properties) {
        Terms.External read = read(own, properties);
        return read == null ? null : read.tls();
    }

    private static void assertRefused(String text, Map<String, Object> properties) {
        assertEquals(
                "overseer: " + text,
                assertThrows(
                                SettingsException.class,
                                () -> read(Security.loopbackOnly(), properties))
                        .getMessage());
    }

    private Terms.PemFiles pem(String certificate, String key, String authorities) {
        return new Terms.PemFiles(
                folder.resolve(certificate), folder.resolve(key), folder.resolve(authorities));
    }

    private Path file(String name) throws Exception {
        return Files.writeString(folder.resolve(name), name);
    }
}
