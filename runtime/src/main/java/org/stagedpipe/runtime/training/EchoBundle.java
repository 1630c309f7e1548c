package org.stagedpipe.runtime.training;

import org.stagedpipe.api.Plugin;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// The plugin `echo`, as a bundle.
final class EchoBundle {

    static final String NAME = "echo";

    private static final String CLASS = Echo.class.getName().replace('.', '/') + ".class";
    private static final String COMPONENT =
            """
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s">
              <property name="plugin.name" value="%2$s"/>
              <service><provide interface="%3$s"/></service>
              <implementation class="%1$s"/>
            </scr:component>
            """
                    .formatted(Echo.class.getName(), NAME, Plugin.class.getName());

    private EchoBundle() {}

    /// Writes it into that folder.
    static Path in(Path folder) throws IOException {
        Path file = folder.resolve(NAME + ".jar");
        try (InputStream bytes = Echo.class.getClassLoader().getResourceAsStream(CLASS);
                JarOutputStream jar =
                        new JarOutputStream(Files.newOutputStream(file), manifest())) {
            if (bytes == null) {
                throw new IOException(CLASS + " is not on the class path");
            }
            jar.putNextEntry(new ZipEntry("OSGI-INF/echo.xml"));
            jar.write(COMPONENT.getBytes(StandardCharsets.UTF_8));
            jar.putNextEntry(new ZipEntry(CLASS));
            bytes.transferTo(jar);
        }
        return file;
    }

    private static Manifest manifest() {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", Echo.class.getPackageName() + "." + NAME);
        headers.putValue("Bundle-Version", "1.0.0");
        headers.putValue(PluginVersion.HEADER, NAME);
        headers.putValue("Import-Package", "org.stagedpipe.api;version=\"[1.0,2)\"");
        headers.putValue("Service-Component", "OSGI-INF/echo.xml");
        headers.putValue(
                "Require-Capability", "osgi.extender;filter:=\"(osgi.extender=osgi.component)\"");
        return manifest;
    }
}
