package org.stagedpipe.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.util.function.Function;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// A bundle that is on the class path is the same bundle, with the classes of the class path.
class ClassPathTest {

    private static final String CLASS = Function.class.getName();
    private static final String FILE = CLASS.replace('.', '/') + ".class";

    @TempDir Path folder;
    private final List<Container> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Container::close);
    }

    @Test
    void aBundleOnTheClassPathHasItsClasses() throws Exception {
        Bundle bundle = started(ClassPath.ofThisProcess(), onTheClassPath());
        assertSame(Function.class, bundle.loadClass(CLASS));
    }

    @Test
    void aBundleThatIsElsewhereHasClassesOfItsOwn() throws Exception {
        Path elsewhere = Files.copy(onTheClassPath(), folder.resolve("elsewhere.jar"));
        Bundle bundle = started(ClassPath.ofThisProcess(), elsewhere);
        assertNotSame(Function.class, bundle.loadClass(CLASS));
        Bundle alone = started(ClassPath.none(), onTheClassPath());
        assertNotSame(Function.class, alone.loadClass(CLASS));
    }

    @Test
    void itsHeadersAndItsFilesAreThere() throws Exception {
        Bundle bundle = started(ClassPath.ofThisProcess(), onTheClassPath());
        assertEquals("org.osgi.util.function", bundle.getSymbolicName());
        try (InputStream expected = Function.class.getClassLoader().getResourceAsStream(FILE);
                InputStream found = bundle.getEntry(FILE).openStream()) {
            assertArrayEquals(expected.readAllBytes(), found.readAllBytes());
        }
        assertNotNull(bundle.findEntries("org/osgi", "Function.class", true));
        assertNull(bundle.getEntry("no/such/file"));
    }

    @Test
    void whatAJarNamesIsOnTheClassPathToo() throws Exception {
        Path naming = naming("named.jar sub/other.jar");
        ClassPath path = ClassPath.of(naming + ":" + folder.resolve("gone.jar") + ":" + folder);
        for (String there : List.of("naming.jar", "named.jar", "sub/other.jar")) {
            Path jar = folder.resolve(there);
            assertEquals("classpath:" + jar, path.location(jar));
            assertTrue(path.connect("classpath:" + jar).isPresent());
            assertFalse(path.connect("reference:" + jar.toUri()).isPresent());
        }
        Path gone = folder.resolve("gone.jar");
        assertEquals("reference:" + gone.toUri(), path.location(gone));
        assertFalse(path.connect("classpath:" + gone).isPresent());
    }

    /// It would not find what other bundles export if its classes were those of the class path.
    @Test
    void aBundleThatImportsWhateverItMeetsHasClassesOfItsOwn() throws Exception {
        Path jar = folder.resolve("dynamic.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", "dynamic");
        manifest.getMainAttributes().putValue("DynamicImport-Package", "*");
        try (InputStream bytes = Function.class.getClassLoader().getResourceAsStream(FILE);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.putNextEntry(new ZipEntry(FILE));
            bytes.transferTo(out);
        }
        ClassPath path = ClassPath.of(jar.toString());
        assertTrue(path.location(jar).startsWith("classpath:"));
        Bundle bundle = started(path, jar);
        assertNotSame(Function.class, bundle.loadClass(CLASS));
        assertSame(
                bundle.loadClass(CLASS).getClassLoader(),
                bundle.adapt(BundleWiring.class).getClassLoader());
    }

    @Test
    void whatIsUploadedIsNeverConnected() throws Exception {
        Path jar = onTheClassPath();
        Container container = Container.open(folder.resolve("felix"), ClassPath.ofThisProcess());
        open.add(container);
        container.start(Duration.ofSeconds(30));
        try (InputStream uploaded = Files.newInputStream(jar)) {
            Bundle bundle = container.context().installBundle("classpath:" + jar, uploaded);
            assertNotSame(Function.class, bundle.loadClass(CLASS));
        }
    }

    private Bundle started(ClassPath path, Path jar) throws Exception {
        Container container =
                Container.open(Files.createTempDirectory(folder, "felix").resolve("storage"), path);
        open.add(container);
        BundleFile file = new BundleFile("function", "1", 1);
        container.install(new RoleFeature(List.of(file), Map.of()), any -> jar);
        assertEquals(List.of(), container.missing());
        container.start(Duration.ofSeconds(30));
        return container.context().getBundle(1);
    }

    private static Path onTheClassPath() {
        URI source =
                URI.create(
                        Function.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString());
        return Path.of(source);
    }

    private Path naming(String names) throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, names);
        Path jar = folder.resolve("naming.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }
}
