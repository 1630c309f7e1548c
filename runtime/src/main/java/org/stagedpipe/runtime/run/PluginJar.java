package org.stagedpipe.runtime.run;

import org.stagedpipe.api.Plugin;
import org.stagedpipe.cluster.BrokenZipException;
import org.stagedpipe.cluster.PluginComponent;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.console.command.UsageException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

/// A plugin's bundle without a container: its component is found as Declarative Services would find it, and made by its
/// constructor without arguments. Closed by whoever opened it.
final class PluginJar implements AutoCloseable {

    private final Path file;
    private final Attributes headers;
    private final PluginComponent component;
    private final PluginLoader loader;

    private PluginJar(
            Path file, Attributes headers, PluginComponent component, PluginLoader loader) {
        this.file = file;
        this.headers = headers;
        this.component = component;
        this.loader = loader;
    }

    /// Looks at the file.
    ///
    /// @throws UsageException if it is no plugin's bundle, or one that needs a container; the text says why
    static PluginJar open(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            Attributes headers = manifest == null ? new Attributes() : manifest.getMainAttributes();
            if (headers.getValue(PluginVersion.HEADER) == null) {
                throw refused(
                        file,
                        "no header "
                                + PluginVersion.HEADER
                                + " (expected: the bundle of a plugin)");
            }
            String classPath = headers.getValue("Bundle-ClassPath");
            if (classPath != null && !classPath.strip().equals(".")) {
                throw refused(
                        file,
                        "Bundle-ClassPath: "
                                + classPath
                                + " (expected: its classes themselves, no jars in it; run it on a"
                                + " cluster)");
            }
            String places = headers.getValue("Service-Component");
            PluginComponent component = PluginComponent.of(jar, places == null ? "" : places);
            if (component.refersToServices()) {
                throw refused(
                        file,
                        "its component refers to services (expected: none; run it on a cluster)");
            }
            return new PluginJar(file, headers, component, new PluginLoader(file));
        } catch (NoSuchFileException e) {
            throw refused(file, "there is no such file (expected: the bundle of a plugin)");
        } catch (BrokenZipException e) {
            throw refused(file, String.valueOf(e.getMessage()));
        } catch (ZipException e) {
            throw refused(
                    file,
                    "is no whole jar, " + e.getMessage() + " (expected: the bundle of a plugin)");
        }
    }

    private static UsageException refused(Path file, String why) {
        return new UsageException("--local: " + file + ": " + why);
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
    /// @throws IOException if that cannot be done here
    Plugin<?, ?, ?> plugin() throws IOException {
        String type = component.type();
        try {
            return (Plugin<?, ?, ?>) loader.loadClass(type).getConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(file + ": " + type + " cannot be made: " + cause, e);
        }
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
