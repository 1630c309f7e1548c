package org.stagedpipe.features;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.framework.connect.ConnectContent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// A bundle's jar that is on the class path: the framework reads its headers and its files from here, its classes come from that
/// loader, unless it imports whatever it meets: then it sees what other bundles export, and needs a loader of its own for that. Opened and
/// closed by the framework, read on any thread in between.
final class ConnectedJar implements ConnectContent {

    private final Path jar;
    private final ClassLoader loader;
    private volatile @Nullable ZipFile zip;

    ConnectedJar(Path jar, ClassLoader loader) {
        this.jar = jar;
        this.loader = loader;
    }

    @Override
    public void open() throws IOException {
        zip = new ZipFile(jar.toFile());
    }

    @Override
    public void close() throws IOException {
        zip().close();
    }

    /// None: the framework reads the manifest.
    @Override
    public Optional<Map<String, String>> getHeaders() {
        return Optional.empty();
    }

    @Override
    public Iterable<String> getEntries() {
        return () -> zip().stream().map(ZipEntry::getName).iterator();
    }

    @Override
    public Optional<ConnectEntry> getEntry(String path) {
        return Optional.ofNullable(zip().getEntry(path)).map(found -> new Entry(zip(), found));
    }

    @Override
    public Optional<ClassLoader> getClassLoader() {
        return importsAnything() ? Optional.empty() : Optional.of(loader);
    }

    private boolean importsAnything() {
        ZipFile open = zip();
        try (InputStream in = open.getInputStream(open.getEntry(JarFile.MANIFEST_NAME))) {
            String imports =
                    new Manifest(in).getMainAttributes().getValue(Constants.DYNAMICIMPORT_PACKAGE);
            return imports != null && imports.startsWith("*");
        } catch (IOException e) {
            throw new UncheckedIOException(jar + ": " + e.getMessage(), e);
        }
    }

    private ZipFile zip() {
        ZipFile open = zip;
        if (open == null) {
            throw new IllegalStateException(jar + " is not open");
        }
        return open;
    }

    private record Entry(ZipFile zip, ZipEntry entry) implements ConnectEntry {

        @Override
        public String getName() {
            return entry.getName();
        }

        @Override
        public long getContentLength() {
            return entry.getSize();
        }

        @Override
        public long getLastModified() {
            return entry.getTime();
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return zip.getInputStream(entry);
        }
    }
}
