package org.stagedpipe.worker;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.Library;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

import javax.tools.ToolProvider;

/// A library's bundle: `tool.Tool.text()` says `tool` and its version; it is its own activator, too.
record LibraryJar(Library library, ByteString bytes) {

    static LibraryJar of(String version) throws Exception {
        return of(version, "");
    }

    /// @param start what its activator does
    static LibraryJar of(String version, String start) throws Exception {
        Path folder = Files.createTempDirectory("tool");
        Path source = Files.createDirectories(folder.resolve("src/tool")).resolve("Tool.java");
        Files.writeString(
                source,
                "package tool; import org.osgi.framework.*; public class Tool implements"
                        + " BundleActivator { public void start(BundleContext context) { "
                        + start
                        + " } public void stop(BundleContext context) {}"
                        + " public static String text() { return \"tool "
                        + version
                        + "\"; } }");
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int result =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                errors,
                                errors,
                                "-proc:none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                folder.toString(),
                                source.toString());
        if (result != 0) {
            throw new AssertionError(errors.toString(StandardCharsets.UTF_8));
        }
        Manifest manifest = manifest("test.tool", version);
        Attributes headers = manifest.getMainAttributes();
        headers.putValue("Bundle-Activator", "tool.Tool");
        headers.putValue("Import-Package", "org.osgi.framework");
        headers.putValue("Export-Package", "tool;version=" + version);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.putNextEntry(new JarEntry("tool/Tool.class"));
            jar.write(Files.readAllBytes(folder.resolve("tool/Tool.class")));
        }
        return of("test.tool", version, out.toByteArray());
    }

    /// One without a class, with these headers.
    static LibraryJar of(String symbolicName, String version, Map<String, String> headers)
            throws Exception {
        Manifest manifest = manifest(symbolicName, version);
        headers.forEach(manifest.getMainAttributes()::putValue);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JarOutputStream(out, manifest).close();
        return of(symbolicName, version, out.toByteArray());
    }

    /// Any bytes as that version.
    static LibraryJar of(String symbolicName, String version, byte[] bytes) throws Exception {
        return new LibraryJar(
                Library.newBuilder()
                        .setSymbolicName(symbolicName)
                        .setVersion(version)
                        .setSha256(
                                ByteString.copyFrom(
                                        MessageDigest.getInstance("SHA-256").digest(bytes)))
                        .setSize(bytes.length)
                        .build(),
                ByteString.copyFrom(bytes));
    }

    private static Manifest manifest(String symbolicName, String version) {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", symbolicName);
        headers.putValue("Bundle-Version", version);
        return manifest;
    }
}
