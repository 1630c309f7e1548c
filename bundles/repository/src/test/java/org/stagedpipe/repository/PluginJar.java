package org.stagedpipe.repository;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// A jar that a test makes: a plugin's bundle unless told otherwise.
final class PluginJar {

    private static final String COMPONENT =
            """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="test">
              <property name="plugin.name" value="%s"/>
              <service><provide interface="org.stagedpipe.api.Plugin"/></service>
              <implementation class="test.Test"/>
            </scr:component>
            """;

    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    PluginJar(String name, String version) {
        headers.put("Bundle-ManifestVersion", "2");
        headers.put("Bundle-SymbolicName", "org.example." + name);
        headers.put("Bundle-Version", version);
        headers.put("Import-Package", "org.stagedpipe.api;version=\"[1.0,2)\"");
        headers.put("Service-Component", "OSGI-INF/test.xml");
        headers.put("Stagedpipe-Plugin", name);
        entries.put("OSGI-INF/test.xml", component(name).getBytes(StandardCharsets.UTF_8));
    }

    /// The description of its component.
    static String component(String name) {
        return COMPONENT.formatted(name);
    }

    PluginJar header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    PluginJar without(String header) {
        headers.remove(header);
        return this;
    }

    PluginJar entry(String name, byte[] content) {
        entries.put(name, content);
        return this;
    }

    byte[] bytes() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.forEach(manifest.getMainAttributes()::putValue);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            jar.putNextEntry(new ZipEntry(JarFile.MANIFEST_NAME));
            manifest.write(jar);
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                jar.putNextEntry(new ZipEntry(entry.getKey()));
                jar.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }
}
