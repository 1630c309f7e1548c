package org.stagedpipe.repository;

import org.stagedpipe.cluster.BrokenZipException;
import org.stagedpipe.cluster.PluginComponent;
import org.stagedpipe.cluster.ZipRules;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Decides whether a file may be pushed to workers. Size and digest first, then the zip file, then the manifest, then the
/// plugin; nothing of it is executed. Holds no state; reads the whole file.
public final class Verifier {

    /// The largest bundle, bytes.
    public static final long MAX_BUNDLE_BYTES = 100L << 20;

    /// @param upload what came
    /// @param file as the operator named it
    /// @param size as the operator announced it, bytes
    /// @param sha256 as the operator announced it
    /// @throws RefusedException if it is not what was announced, or breaks a rule
    /// @throws IOException if the disk cannot be read
    public PluginBundle verify(Upload upload, String file, long size, String sha256)
            throws RefusedException, IOException {
        checkAnnounced(upload, file, size, sha256);
        return read(
                upload.file(),
                file,
                size,
                (zip, rules, manifest) -> {
                    rules.check();
                    checkComponent(zip, file, rules);
                    return new PluginBundle(
                            new PluginVersion(rules.pluginName(), rules.version(), sha256, size),
                            rules.symbolicName(),
                            manifest);
                });
    }

    /// The same for a bundle that plugins need.
    ///
    /// @throws RefusedException if it is not what was announced, or breaks a rule
    /// @throws IOException if the disk cannot be read
    public LibraryBundle verifyLibrary(Upload upload, String file, long size, String sha256)
            throws RefusedException, IOException {
        checkAnnounced(upload, file, size, sha256);
        return read(
                upload.file(),
                file,
                size,
                (zip, rules, manifest) -> {
                    rules.checkLibrary();
                    return new LibraryBundle(
                            new Library(rules.symbolicName(), rules.version(), sha256, size),
                            manifest);
                });
    }

    private static void checkAnnounced(Upload upload, String file, long size, String sha256)
            throws RefusedException {
        if (upload.size() != size || size < 1 || size > MAX_BUNDLE_BYTES) {
            throw new RefusedException(
                    file,
                    upload.size() + " bytes came",
                    size + " bytes as announced, from 1 to " + MAX_BUNDLE_BYTES);
        }
        if (!upload.sha256().equals(sha256)) {
            throw new RefusedException(
                    file, "sha-256 " + upload.sha256(), sha256 + " as announced");
        }
    }

    /// A blob again that was verified before.
    ///
    /// @throws RefusedException if it breaks a rule
    /// @throws IOException if the disk cannot be read
    public PluginBundle known(Path blob, PluginVersion plugin)
            throws RefusedException, IOException {
        Manifest manifest = manifest(blob, plugin.toString());
        return new PluginBundle(
                plugin, new ManifestRules(plugin.toString(), manifest).symbolicName(), manifest);
    }

    /// A library again that was verified before.
    ///
    /// @throws RefusedException if it breaks a rule
    /// @throws IOException if the disk cannot be read
    public LibraryBundle known(Path blob, Library library) throws RefusedException, IOException {
        return new LibraryBundle(library, manifest(blob, library.toString()));
    }

    private static Manifest manifest(Path blob, String name) throws RefusedException, IOException {
        try (ZipFile zip = new ZipFile(blob.toFile())) {
            return manifest(zip, name);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(name, String.valueOf(e.getMessage()), "a jar");
        }
    }

    /// What is made of a bundle that keeps the rules for zip files.
    @FunctionalInterface
    private interface Kind<T> {
        T of(ZipFile zip, ManifestRules rules, Manifest manifest)
                throws RefusedException, IOException;
    }

    private static <T> T read(Path path, String file, long size, Kind<T> kind)
            throws RefusedException, IOException {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            ZipRules.check(zip, size);
            Manifest manifest = manifest(zip, file);
            T made = kind.of(zip, new ManifestRules(file, manifest), manifest);
            Resources.read(file, manifest);
            return made;
        } catch (BrokenZipException e) {
            throw new RefusedException(file, e);
        } catch (ZipException e) {
            throw new RefusedException( // of its bytes nothing: it may be any file of the
                    // overseer's
                    file, "no jar: " + e.getMessage(), "a jar");
        } catch (IllegalArgumentException e) {
            throw new RefusedException(file, String.valueOf(e.getMessage()), "a jar");
        }
    }

    private static Manifest manifest(ZipFile zip, String file)
            throws RefusedException, IOException {
        ZipEntry entry = zip.getEntry(JarFile.MANIFEST_NAME);
        if (entry == null) {
            throw new RefusedException(
                    file, "a jar that is no bundle: no " + JarFile.MANIFEST_NAME, "an OSGi bundle");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return new Manifest(in);
        } catch (ZipException e) {
            throw e;
        } catch (IOException e) {
            throw new RefusedException(
                    file, JarFile.MANIFEST_NAME + ": " + e.getMessage(), "a manifest");
        }
    }

    private static void checkComponent(ZipFile zip, String file, ManifestRules rules)
            throws RefusedException, IOException {
        String name = PluginComponent.of(zip, rules.components()).name();
        if (!rules.pluginName().equals(name)) {
            throw new RefusedException(
                    file,
                    name == null
                            ? "its component has no @PluginName"
                            : "its @PluginName is " + name,
                    rules.pluginName());
        }
    }
}
