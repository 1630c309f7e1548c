package org.stagedpipe.overseer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// A plugin's bundle without code, made in memory.
record TestBundle(String name, String version, String imports, String content) {

    private static final String COMPONENT =
            """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="test">
              <property name="plugin.name" value="%s"/>
              <service><provide interface="org.stagedpipe.api.Plugin"/></service>
              <implementation class="test.Test"/>
            </scr:component>
            """;

    static TestBundle of(String name, String version) {
        return new TestBundle(name, version, "org.stagedpipe.api;version=\"[1.0,2)\"", "");
    }

    TestBundle importing(String packages) {
        return new TestBundle(name, version, packages, content);
    }

    TestBundle containing(String text) {
        return new TestBundle(name, version, imports, text);
    }

    byte[] bytes() {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", "org.example." + name);
        headers.putValue("Bundle-Version", version);
        headers.putValue("Import-Package", imports);
        headers.putValue("Service-Component", "OSGI-INF/test.xml");
        headers.putValue("Stagedpipe-Plugin", name);
        headers.putValue(
                "Require-Capability",
                "osgi.service;filter:=\"(objectClass=org.example.Absent)\";effective:=active");
        return jar(manifest, name, content);
    }

    /// A bundle that is no plugin.
    static byte[] library(String name, String version, String exports, String imports) {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", name);
        headers.putValue("Bundle-Version", version);
        headers.putValue("Export-Package", exports);
        headers.putValue("Import-Package", imports);
        return jar(manifest, name, "");
    }

    private static byte[] jar(Manifest manifest, String name, String content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            jar.putNextEntry(entry(JarFile.MANIFEST_NAME));
            manifest.write(jar);
            jar.putNextEntry(entry("OSGI-INF/test.xml"));
            jar.write(COMPONENT.formatted(name).getBytes(StandardCharsets.UTF_8));
            jar.putNextEntry(entry("content.txt"));
            jar.write(content.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// Always of the same time: the same bundle has the same bytes whenever they are made.
    private static ZipEntry entry(String name) {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0));
        return entry;
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
