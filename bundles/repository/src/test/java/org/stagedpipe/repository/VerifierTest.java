package org.stagedpipe.repository;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ZipRules;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;

/// What is let in, and what is said to the rest.
class VerifierTest {

    private static final String GREETER = PluginJar.component("greeter");

    @TempDir Path folder;

    private Blobs blobs;

    @BeforeEach
    void open() throws IOException {
        blobs = Blobs.in(folder.resolve("blobs"));
    }

    @Test
    void aPluginIsNamedByItsHeadersAndItsBytes() throws Exception {
        byte[] bytes = new PluginJar("greeter", "1.2").bytes();
        try (Upload upload = upload(bytes)) {
            PluginBundle bundle =
                    new Verifier().verify(upload, "g.jar", bytes.length, upload.sha256());
            assertEquals("greeter", bundle.plugin().name());
            assertEquals("1.2.0", bundle.plugin().version());
            assertEquals(upload.sha256(), bundle.plugin().sha256());
            assertEquals("org.example.greeter", bundle.symbolicName());
        }
    }

    @Test
    void refusesOtherBytesThanAnnounced() throws Exception {
        byte[] bytes = new PluginJar("greeter", "1.0.0").bytes();
        try (Upload upload = upload(bytes)) {
            String announced = "0".repeat(64);
            RefusedException refused =
                    assertThrows(
                            RefusedException.class,
                            () -> new Verifier().verify(upload, "g.jar", bytes.length, announced));
            assertTrue(refused.getMessage().contains(announced), refused.getMessage());
            RefusedException shorter =
                    assertThrows(
                            RefusedException.class,
                            () ->
                                    new Verifier()
                                            .verify(
                                                    upload,
                                                    "g.jar",
                                                    bytes.length + 1,
                                                    upload.sha256()));
            assertTrue(shorter.getMessage().contains(bytes.length + " bytes came"));
        }
    }

    @Test
    void refusesWhatIsNoPlugin() throws Exception {
        assertEquals(
                "g.jar: a jar that is no bundle: no header Bundle-SymbolicName"
                        + " (expected: an OSGi bundle)",
                refusal(new PluginJar("greeter", "1.0.0").without("Bundle-SymbolicName")));
        assertTrue(
                refusal(new PluginJar("greeter", "1.0.0").without("Stagedpipe-Plugin"))
                        .contains("without a pipeline"));
        assertTrue(
                refusal(
                                new PluginJar("greeter", "1.0.0")
                                        .entry("OSGI-INF/test.xml", text("<component/>")))
                        .contains("no component provides org.stagedpipe.api.Plugin"));
    }

    /// Who calls from a shell of the overseer may name any file of its machine.
    @Test
    void saysNothingOfTheBytesOfWhatIsNoJar() throws Exception {
        assertEquals(
                "g.jar: no jar: zip END header not found (expected: a jar)",
                refusal(text("password=s3cret")));
    }

    @Test
    void refusesWhatCannotBeUpdatedOrUnloaded() throws Exception {
        for (String header :
                new String[] {"Fragment-Host", "DynamicImport-Package", "Bundle-NativeCode"}) {
            String said = refusal(new PluginJar("greeter", "1.0.0").header(header, "x"));
            assertTrue(said.contains(header + ": x"), said);
        }
        for (String singleton : new String[] {"singleton:=true", "Singleton := \"TRUE\""}) {
            String said = refusal(plugin().header("Bundle-SymbolicName", "a;" + singleton));
            assertTrue(said.contains("no singleton"), said);
        }
        for (String factor : new String[] {"0", "101", "2.5", "many"}) {
            String said =
                    refusal(
                            new PluginJar("greeter", "1.0.0")
                                    .header("Stagedpipe-Memory-Factor", factor));
            assertTrue(said.contains("Stagedpipe-Memory-Factor: \"" + factor + "\""), said);
        }
        assertTrue(refusal(new PluginJar("greeter", "one")).contains("Bundle-Version: \"one\""));
        PluginJar senseless =
                new PluginJar("greeter", "1.0.0").header("Provide-Capability", "a;b:Long=x");
        assertTrue(refusal(senseless).contains("META-INF/MANIFEST.MF: For input string"));
        for (String character : new String[] {"\u0001", "\uFFFF"}) {
            String said =
                    refusal(
                            new PluginJar("greeter", "1.0.0")
                                    .header("Bundle-Vendor", "\t\uD83D\uDC1F" + character));
            assertTrue(
                    said.contains("Bundle-Vendor has U+%04X".formatted((int) character.charAt(0))),
                    said);
        }
    }

    @Test
    void refusesAManifestThatIsLargerThanItsZipFileSays() throws Exception {
        byte[] bytes =
                new PluginJar("greeter", "1.0.0")
                        .header(
                                "Large",
                                new Random(1)
                                        .ints(300_000)
                                        .mapToObj(Integer::toString)
                                        .collect(Collectors.joining(" ")))
                        .bytes();
        assertTrue(refusal(bytes).contains("a manifest of more than 1048576 bytes"));
        ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int directory = zip.getInt(bytes.length - 6); // APPNOTE 4.3.16: the directory's offset
        zip.putInt(directory + 24, 1_000); // 4.3.12: the first file's uncompressed size
        assertTrue(refusal(bytes).contains("a manifest of more than 1048576 bytes"));
    }

    @Test
    void refusesNamesThatLeaveTheirFolderAndBombs() throws Exception {
        assertTrue(
                refusal(new PluginJar("greeter", "1.0.0").entry("../evil", text("x")))
                        .contains("\"../evil\""));
        assertTrue(
                refusal(new PluginJar("greeter", "1.0.0").entry("/etc/x", text("x")))
                        .contains("\"/etc/x\""));
        assertTrue(
                refusal(new PluginJar("greeter", "1.0.0").entry("zeros", new byte[8 << 20]))
                        .contains("100 times its size"));
        assertTrue(
                refusal(new PluginJar("greeter", "1.0.0").entry("n".repeat(1_001), text("x")))
                        .contains("an entry's name of 1001 characters"));
        PluginJar many = new PluginJar("greeter", "1.0.0");
        for (int i = 0; i < ZipRules.MAX_ENTRIES; i++) {
            many.entry("e" + i, new byte[0]);
        }
        assertTrue(refusal(many).contains("10002 entries"));
    }

    @Test
    void refusesEntitiesInComponents() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "canary");
        String said =
                refusal(
                        new PluginJar("greeter", "1.0.0")
                                .entry(
                                        "OSGI-INF/test.xml",
                                        text(
                                                "<!DOCTYPE c [<!ENTITY e SYSTEM \""
                                                        + secret.toUri()
                                                        + "\">]><c>&e;</c>")));
        assertTrue(!said.contains("canary"), said);
    }

    @Test
    void refusesADocumentTypeInComponents() throws Exception {
        String said =
                refusal(
                        new PluginJar("greeter", "1.0.0")
                                .entry(
                                        "OSGI-INF/test.xml",
                                        text(
                                                "<!DOCTYPE c SYSTEM"
                                                        + " \"http://localhost:1/c.dtd\"><c/>")));
        assertTrue(said.contains("a document type (expected: none)"), said);
    }

    @Test
    void refusesMoreToReadInComponentsThanFitsIntoAnOverseer() throws Exception {
        byte[] noise = new byte[100_000]; // for the ratio
        new Random(1).nextBytes(noise);
        String comment = "<!--" + "x".repeat(8 << 20) + "-->";
        PluginJar large =
                plugin().entry("noise", noise).entry("OSGI-INF/test.xml", text(GREETER + comment));
        assertTrue(refusal(large).contains("component descriptions of more than 1048576 bytes"));
        PluginJar many = plugin().entry("noise", noise);
        for (int i = 0; i < 20; i++) {
            many.entry("OSGI-INF/" + i + ".xml", text("<c>" + "x".repeat(60_000) + "</c>"));
        }
        many.header("Service-Component", "OSGI-INF/*.xml");
        assertTrue(refusal(many).contains("component descriptions of more than 1048576 bytes"));
    }

    @Test
    void refusesHeadersOfWhichReadersMakeTooMuch() throws Exception {
        for (String many : new String[] {"p,", "p;"}) {
            String said = refusal(plugin().header("Import-Package", many.repeat(300_000) + "p"));
            assertTrue(said.contains("Import-Package has more than 5000 parts"), said);
        }
        String uses = "org.example,".repeat(10_000);
        accept(plugin().header("Export-Package", "org.example;uses:=\"" + uses + "\""));
        for (String deeper :
                new String[] {"(!", "(&(a=\\))"}) { // one value is ), which closes nothing
            String filter = deeper.repeat(10_000) + "(a=b)" + ")".repeat(10_000);
            String said =
                    refusal(plugin().header("Require-Capability", "x;filter:=\"" + filter + "\""));
            assertTrue(said.contains("Require-Capability has ( in ( more than 100 times"), said);
        }
        accept(
                plugin().header(
                                "Require-Capability",
                                "x;filter:=\"(|" + "(a=\\()".repeat(200) + ")\""));
    }

    @Test
    void readsAComponentOnceHoweverOftenItIsNamed() throws Exception {
        PluginJar jar = plugin();
        String place = "OSGI-INF/test.xml,";
        accept(jar.header("Service-Component", place.repeat(990) + "OSGI-INF/*.xml,*"));
        String said = refusal(jar.header("Service-Component", place.repeat(2_000)));
        assertTrue(said.contains("Service-Component: more than 1000 places"), said);
        String patterns = refusal(jar.header("Service-Component", "OSGI-INF/*,".repeat(11)));
        assertTrue(patterns.contains("more than 10 places with *"), patterns);
    }

    @Test
    void findsComponentsByWhatAStarStandsFor() throws Exception {
        for (String place : new String[] {"OSGI-INF/*", "OSGI-INF/t*t.xml", "OSGI-INF/**e*.xml"}) {
            accept(plugin().header("Service-Component", place));
        }
        for (String place :
                new String[] {
                    "*", "*F/t*", "OSGI-INF/test.xml*.xml", "OSGI-INF/*s*s*", "OSGI-INF"
                }) {
            String said = refusal(plugin().header("Service-Component", place));
            assertTrue(said.contains("no component provides"), place + ": " + said);
        }
        PluginJar slow =
                plugin().entry("a".repeat(60), new byte[0])
                        .header("Service-Component", "*a".repeat(12) + "b,OSGI-INF/*");
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> accept(slow));
    }

    @Test
    void refusesEntriesThatShareTheirBytes() throws Exception {
        PluginJar jar = plugin();
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        for (int i = 0; i < 10; i++) {
            jar.entry("noise" + i, i == 0 ? noise : new byte[1]);
        }
        byte[] bytes = jar.bytes();
        ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byte[] shared = new byte[46];
        int at = zip.getInt(bytes.length - 6); // APPNOTE 4.3.16: the directory's offset
        while (zip.getInt(at) == 0x02014b50) { // 4.3.12: one file of the directory
            int name = zip.getShort(at + 28);
            if (new String(bytes, at + 46, name, StandardCharsets.UTF_8).startsWith("noise")) {
                if (shared[0] == 0) {
                    zip.get(at, shared);
                }
                zip.put(at, shared); // its sizes and its place; the names are as long
            }
            at += 46 + name + zip.getShort(at + 30) + zip.getShort(at + 32);
        }
        String said = refusal(bytes);
        assertTrue(said.contains("(expected: entries beside each other)"), said);
    }

    @Test
    void refusesAnotherNumberOfPluginsThanOne() throws Exception {
        String expected = "g.jar: 2 components provide org.stagedpipe.api.Plugin (expected: one)";
        assertEquals(
                expected,
                refusal(
                        plugin().entry("OSGI-INF/again.xml", text(GREETER))
                                .header("Service-Component", "OSGI-INF/*.xml")));
        assertEquals(
                expected,
                refusal(
                        plugin().entry(
                                        "OSGI-INF/test.xml",
                                        text("<all>" + GREETER + GREETER + "</all>"))));
    }

    @Test
    void refusesAComponentOfAnotherNameThanTheBundles() throws Exception {
        assertEquals(
                "g.jar: its @PluginName is welcomer (expected: greeter)",
                refusal(
                        plugin().entry(
                                        "OSGI-INF/test.xml",
                                        text(PluginJar.component("welcomer")))));
        assertEquals(
                "g.jar: its component has no @PluginName (expected: greeter)",
                refusal(
                        plugin().entry(
                                        "OSGI-INF/test.xml",
                                        text(GREETER.replace("plugin.name", "name")))));
    }

    private static PluginJar plugin() {
        return new PluginJar("greeter", "1.0.0");
    }

    private void accept(PluginJar jar) throws Exception {
        byte[] bytes = jar.bytes();
        try (Upload upload = upload(bytes)) {
            new Verifier().verify(upload, "g.jar", bytes.length, upload.sha256());
        }
    }

    private String refusal(PluginJar jar) throws IOException {
        return refusal(jar.bytes());
    }

    private String refusal(byte[] bytes) throws IOException {
        try (Upload upload = upload(bytes)) {
            return assertThrows(
                            RefusedException.class,
                            () ->
                                    new Verifier()
                                            .verify(upload, "g.jar", bytes.length, upload.sha256()))
                    .getMessage();
        }
    }

    private Upload upload(byte[] bytes) throws IOException {
        Upload upload = blobs.upload();
        upload.write(ByteBuffer.wrap(bytes));
        return upload;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
