package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.birdstrikes.season.SeasonalBirdStrikes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/// The two bundles as the build has laid them out before it packs them.
class BundleTest {

    @Test
    void areTwoVersionsOfOneBundle() throws Exception {
        for (String version : List.of("1.0.0", "1.1.0")) {
            Attributes main = manifest(version);
            assertEquals("org.stagedpipe.birdstrikes", main.getValue("Bundle-SymbolicName"));
            assertEquals("birdstrikes", main.getValue("Stagedpipe-Plugin"));
            assertEquals(version, main.getValue("Bundle-Version"));
            assertNull(main.getValue("Export-Package"));
            assertNull(main.getValue("DynamicImport-Package"));
        }
    }

    @Test
    void reportTheVersionOfTheirBundle() throws Exception {
        String url = "jdbc:h2:mem:versions;DB_CLOSE_DELAY=-1";
        assertEquals("1.0.0", SummaryOf.nothing(new BirdStrikes(), url).pluginVersion());
        assertEquals("1.1.0", SummaryOf.nothing(new SeasonalBirdStrikes(), url).pluginVersion());
    }

    @Test
    void haveOneComponentEach() throws Exception {
        assertEquals(List.of("org.stagedpipe.birdstrikes.BirdStrikes.xml"), components("1.0.0"));
        assertEquals(
                List.of("org.stagedpipe.birdstrikes.season.SeasonalBirdStrikes.xml"),
                components("1.1.0"));
    }

    @Test
    void differByTheSeason() {
        assertFalse(
                Files.exists(Bundles.root("1.0.0").resolve("org/stagedpipe/birdstrikes/season")));
        assertTrue(
                Files.exists(Bundles.root("1.1.0").resolve("org/stagedpipe/birdstrikes/season")));
    }

    @Test
    void carryTheirLibrariesAndImportTheDrivers() throws Exception {
        for (String version : List.of("1.0.0", "1.1.0")) {
            String imports = manifest(version).getValue("Import-Package");
            assertTrue(imports.contains("org.h2.jdbcx;version=\"[2."), imports);
            assertTrue(imports.contains("org.postgresql.ds;version=\"[42."), imports);
            assertTrue(imports.contains("org.stagedpipe.api;version=\"[1.0,2)\""), imports);
            assertFalse(imports.contains("hikari"), imports);
            assertFalse(imports.contains("commons"), imports);
            assertFalse(Files.exists(Bundles.root(version).resolve("org/h2")));
        }
    }

    private static Attributes manifest(String version) throws IOException {
        Path file = Bundles.root(version).resolve("META-INF/MANIFEST.MF");
        try (InputStream in = Files.newInputStream(file)) {
            return new Manifest(in).getMainAttributes();
        }
    }

    private static List<String> components(String version) throws IOException {
        try (Stream<Path> files = Files.list(Bundles.root(version).resolve("OSGI-INF"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
