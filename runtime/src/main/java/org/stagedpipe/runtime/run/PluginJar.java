package org.stagedpipe.runtime.run;

import org.stagedpipe.api.Plugin;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

/// A plugin's bundle without a container: its component is found as Declarative Services would find it, and made by its
/// constructor without arguments. Closed by whoever opened it.
final class PluginJar implements AutoCloseable {

    private final Path file;
    private final Attributes headers;
    private final PluginLoader loader;

    private PluginJar(Path file, Attributes headers, PluginLoader loader) {
        this.file = file;
        this.headers = headers;
        this.loader = loader;
    }

    /// Looks at the file.
    ///
    /// @throws IOException if it is no plugin's bundle; the text says why
    static PluginJar open(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            Attributes headers = manifest == null ? new Attributes() : manifest.getMainAttributes();
            if (headers.getValue(PluginVersion.HEADER) == null) {
                throw new IOException(
                        file
                                + ": no header "
                                + PluginVersion.HEADER
                                + " (expected: the bundle of a plugin)");
            }
            String classPath = headers.getValue("Bundle-ClassPath");
            if (classPath != null && !classPath.strip().equals(".")) {
                throw new IOException(
                        file
                                + ": Bundle-ClassPath: "
                                + classPath
                                + " (expected: its classes themselves, no jars in it; run it on a"
                                + " cluster)");
            }
            return new PluginJar(file, headers, new PluginLoader(file));
        } catch (NoSuchFileException e) {
            throw new IOException(
                    file + ": there is no such file (expected: the bundle of a plugin)", e);
        } catch (ZipException e) {
            throw new IOException(
                    file
                            + ": is no whole jar, "
                            + e.getMessage()
                            + " (expected: the bundle of a plugin)",
                    e);
        }
    }

    /// The plugin's name.
    String name() {
        return headers.getValue(PluginVersion.HEADER);
    }

    /// The bundle's version.
    String version() {
        return String.valueOf(headers.getValue("Bundle-Version"));
    }

    /// What finds its classes.
    ClassLoader loader() {
        return loader;
    }

    /// Makes the plugin's object.
    ///
    /// @throws IOException if there is none, or it needs services
    Plugin<?, ?, ?> plugin() throws IOException {
        String components = headers.getValue("Service-Component");
        for (String component : components == null ? new String[0] : components.split(",")) {
            Element description = description(component.strip());
            if (provides(description, Plugin.class.getName())) {
                return make(description);
            }
        }
        throw new IOException(file + ": no component that provides " + Plugin.class.getName());
    }

    private Plugin<?, ?, ?> make(Element description) throws IOException {
        if (description.getElementsByTagName("reference").getLength() > 0) {
            throw new IOException(
                    file
                            + ": its component refers to services (expected: none; run it on a"
                            + " cluster)");
        }
        Element implementation =
                (Element) description.getElementsByTagName("implementation").item(0);
        String type = implementation.getAttribute("class");
        try {
            return (Plugin<?, ?, ?>) loader.loadClass(type).getConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(file + ": " + type + " cannot be made: " + cause, e);
        }
    }

    private Element description(String entry) throws IOException {
        try (InputStream in = loader.getResourceAsStream(entry)) {
            if (in == null) {
                throw new IOException(file + ": lists " + entry + ", which it does not have");
            }
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            Document document = factory.newDocumentBuilder().parse(in);
            return document.getDocumentElement();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(file + ": " + entry + ": " + e.getMessage(), e);
        }
    }

    private static boolean provides(Element description, String service) {
        NodeList provided = description.getElementsByTagName("provide");
        for (int i = 0; i < provided.getLength(); i++) {
            if (((Element) provided.item(i)).getAttribute("interface").equals(service)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        try {
            loader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
