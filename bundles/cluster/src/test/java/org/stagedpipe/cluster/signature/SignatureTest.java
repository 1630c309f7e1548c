package org.stagedpipe.cluster.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Signatures of bundles, and whose they are.
class SignatureTest {

    private static final String SHA256 =
            "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    private static final Statement FISH =
            Statement.of(new PluginVersion("birdstrikes", "1.1.0", SHA256, 12_345));

    /// A key, and what OpenSSL 3 made with it of the text: `openssl pkeyutl -sign -rawin -inkey ann.key -in TEXT`.
    private static final String PRIVATE =
            pem("PRIVATE", "MC4CAQAwBQYDK2VwBCIEIG7t7xSHRV/WXXGwYippJXhDGzQpBml60vQ6l8drbFD3");

    private static final String PUBLIC =
            pem("PUBLIC", "MCowBQYDK2VwAyEANHSv7K/VEQhtohaQwnbrD1iHYa6NXarDdBFsoH1IPNQ=");
    private static final String BY_OPENSSL =
            "bE8W3G0LsZMAO3zIkLB0rMq7hjJXBsPD2OqBLScsmd/JVHeclBcYKXETAvwUWOjofb3WtA15Rz97NvsKX+9IAQ==";

    @TempDir private Path folder;
    private Path key;
    private Path keys;

    @BeforeEach
    void ann() throws Exception {
        key = Files.writeString(folder.resolve("ann.key"), PRIVATE);
        keys = Files.createDirectory(folder.resolve("keys"));
        Files.writeString(keys.resolve("ann.pem"), PUBLIC);
    }

    private static String pem(String kind, String text) {
        return "-----BEGIN %s KEY-----\n%s\n-----END %s KEY-----\n".formatted(kind, text, kind);
    }

    private static String other(String kind, String algorithm) throws Exception {
        byte[] encoded =
                KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic().getEncoded();
        return pem(kind, Base64.getMimeEncoder().encodeToString(encoded));
    }

    @Test
    void isWhatOthersMakeOfTheSameText() throws Exception {
        assertEquals(
                "stagedpipe plugin 1\nbirdstrikes\n1.1.0\n" + SHA256 + "\n12345\n", FISH.text());
        byte[] signature = SigningKey.read(key).sign(FISH);
        assertEquals(BY_OPENSSL, Base64.getEncoder().encodeToString(signature));
        assertEquals(Optional.of("ann"), TrustedKeys.in(keys).signer(FISH, List.of(signature)));
    }

    @ParameterizedTest
    @CsvSource({
        "library, birdstrikes, 1.1.0, 2d, 12345",
        "plugin, birdstrike, 1.1.0, 2d, 12345",
        "plugin, birdstrikes, 1.1.1, 2d, 12345",
        "plugin, birdstrikes, 1.1.0, 3d, 12345",
        "plugin, birdstrikes, 1.1.0, 2d, 12346"
    })
    void isForNothingElse(String kind, String name, String version, String digits, long size)
            throws Exception {
        Statement other = new Statement(kind, name, version, digits + SHA256.substring(2), size);
        byte[] signature = SigningKey.read(key).sign(FISH);
        assertEquals(Optional.empty(), TrustedKeys.in(keys).signer(other, List.of(signature)));
    }

    @Test
    void ofAnotherKeyOrNoneAtAllIsNobodys() throws Exception {
        byte[] signature = SigningKey.read(key).sign(FISH);
        Files.writeString(keys.resolve("ann.pem"), other("PUBLIC", "Ed25519"));
        TrustedKeys trusted = TrustedKeys.in(keys);
        assertEquals(Optional.empty(), trusted.signer(FISH, List.of(signature)));
        assertEquals(Optional.empty(), trusted.signer(FISH, List.of(new byte[64])));
        assertEquals(Optional.empty(), trusted.signer(FISH, List.of(new byte[3])));
        assertEquals(Optional.empty(), trusted.signer(FISH, List.of(new byte[0])));
    }

    @Test
    void keysComeAndGo() throws Exception {
        Statement csv = Statement.of(new Library("org.csv", "1.0.0", SHA256, 9));
        byte[] signature = SigningKey.read(key).sign(csv);
        Path ann = keys.resolve("ann.pem");
        Files.writeString(keys.resolve("ben.pem"), other("PUBLIC", "Ed25519"));
        TrustedKeys trusted = TrustedKeys.in(keys);
        assertEquals(Optional.of("ann"), trusted.signer(csv, List.of(signature)));
        Files.delete(ann);
        assertEquals(Optional.empty(), trusted.signer(csv, List.of(signature)));
        assertEquals("ben in " + keys, trusted.toString());
        Files.delete(keys.resolve("ben.pem"));
        IOException none =
                assertThrows(IOException.class, () -> trusted.signer(csv, List.of(signature)));
        assertEquals(keys + " has 0 keys (expected: 1 to 64)", none.getMessage());
    }

    @Test
    void filesOfAnotherKindAreRefusedByName() throws Exception {
        Path pem = keys.resolve("ben.pem");
        refused(pem, other("PUBLIC", "X25519"), "a key of another kind (expected: Ed25519)");
        refused(pem, PRIVATE, "a PEM file with PRIVATE KEY (expected: PUBLIC KEY)");
        refused(pem, PUBLIC + PUBLIC, "no PEM file (expected: one PUBLIC KEY)");
        refused(pem, "ben", "no PEM file (expected: one PUBLIC KEY)");
        refused(pem, "x".repeat(70_000), "no PEM file: it is larger than 65536");
        Files.delete(pem);
        IOException missing =
                assertThrows(IOException.class, () -> TrustedKeys.in(folder.resolve("none")));
        assertEquals(folder.resolve("none") + ": there is no such folder", missing.getMessage());
        IOException wrong =
                assertThrows(IOException.class, () -> SigningKey.read(keys.resolve("ann.pem")));
        assertEquals(
                keys.resolve("ann.pem") + ": a PEM file with PUBLIC KEY (expected: PRIVATE KEY)",
                wrong.getMessage());
    }

    private void refused(Path pem, String text, String why) throws Exception {
        Files.writeString(pem, text);
        IOException refused = assertThrows(IOException.class, () -> TrustedKeys.in(keys));
        assertEquals(pem + ": " + why, refused.getMessage());
    }
}
