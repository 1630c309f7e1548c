package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Files of bundles that cannot be read: of some the disk is at fault, of some the bundle.
class ManifestsTest {

    @TempDir Path folder;

    @Test
    void aFileThatCannotBeOpenedMayBeReadLater() {
        PluginException refused = refused(folder.resolve("nowhere"));
        assertTrue(refused.isRetryable(), refused.getMessage());
        assertTrue(
                refused.getMessage()
                        .startsWith(
                                "plug 1.0.0: cannot be read: java.nio.file.NoSuchFileException: "),
                refused.getMessage());
    }

    @Test
    void oneThatIsNoJarNeverIs() throws Exception {
        assertSays("not a jar", Files.writeString(folder.resolve("text"), "no jar"));
    }

    @Test
    void whatEndsInTheMiddleOfAnEntryIsNoJar() throws Exception {
        Path jar = jar("Manifest-Version: 1.0\n" + "X-Y: abcdefgh\n".repeat(10));
        byte[] bytes = Files.readAllBytes(jar);
        bytes[30 + "META-INF/MANIFEST.MF".length()] &=
                ~1; // the last block says that another one follows
        assertSays("not a jar", Files.write(jar, bytes));
    }

    @Test
    void aManifestThatIsNoneNeverIs() throws Exception {
        assertSays("not a jar", jar("no header\n"));
    }

    private static void assertSays(String text, Path file) {
        PluginException refused = refused(file);
        assertTrue(refused.getMessage().startsWith("plug 1.0.0: " + text), refused.getMessage());
        assertEquals(false, refused.isRetryable());
    }

    private Path jar(String manifest) throws IOException {
        Path jar = folder.resolve("plug.jar");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
            out.write(manifest.getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private static PluginException refused(Path file) {
        PluginVersion version =
                PluginVersion.newBuilder()
                        .setName("plug")
                        .setVersion("1.0.0")
                        .setSize(1_000)
                        .build();
        return assertThrows(PluginException.class, () -> Manifests.check(file, version));
    }
}
