package org.stagedpipe.overseer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// A plugin's bundle without code, made in memory.
record TestBundle(String name, String version, String imports, String content) {

    private static final String COMPONENT =
            """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="test">
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
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            jar.putNextEntry(new ZipEntry("OSGI-INF/test.xml"));
            jar.write(COMPONENT.getBytes(StandardCharsets.UTF_8));
            jar.putNextEntry(new ZipEntry("content.txt"));
            jar.write(content.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
