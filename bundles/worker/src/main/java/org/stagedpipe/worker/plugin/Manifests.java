package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.stagedpipe.cluster.BrokenZipException;
import org.stagedpipe.cluster.ZipRules;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

/// What the zip file of a bundle may be, and what its manifest must say and must not. The overseer looks at all of that, too;
/// but what runs here is decided here.
final class Manifests {

    static final String PLUGIN = org.stagedpipe.cluster.catalogue.PluginVersion.HEADER;
    static final String MEMORY_FACTOR = "Stagedpipe-Memory-Factor";
    static final String COMPONENTS = "Service-Component";

    private static final int DEFAULT_MEMORY_FACTOR = 3;

    private Manifests() {}

    /// @throws PluginException naming the rule that the bundle breaks
    static void check(Path file, PluginVersion version) throws PluginException {
        Attributes headers = read(file, version);
        checkBundle(headers, version);
        require(headers, Constants.BUNDLE_SYMBOLICNAME, version);
        String plugin = require(headers, PLUGIN, version);
        if (!plugin.equals(version.getName())) {
            throw broken(version, PLUGIN, plugin, version.getName());
        }
        String text = require(headers, Constants.BUNDLE_VERSION, version);
        if (!sameVersion(text, version.getVersion())) {
            throw broken(version, Constants.BUNDLE_VERSION, text, version.getVersion());
        }
        memoryFactor(version, headers.getValue(MEMORY_FACTOR));
    }

    /// The same for a library.
    static void checkLibrary(Path file, PluginVersion library) throws PluginException {
        checkBundle(read(file, library), library);
    }

    private static void checkBundle(Attributes headers, PluginVersion version)
            throws PluginException {
        refuse(headers, Constants.FRAGMENT_HOST, version);
        refuse(headers, Constants.DYNAMICIMPORT_PACKAGE, version);
        refuse(headers, Constants.BUNDLE_NATIVECODE, version);
    }

    /// How much memory an item of the plugin may need, as a multiple of its size: for its bytes, its data and its result.
    ///
    /// @throws PluginException if the header is no such number
    static int memoryFactor(PluginVersion version, Bundle bundle) throws PluginException {
        return memoryFactor(version, bundle.getHeaders().get(MEMORY_FACTOR));
    }

    private static int memoryFactor(PluginVersion version, @Nullable String value)
            throws PluginException {
        if (value == null) {
            return DEFAULT_MEMORY_FACTOR;
        }
        if (!value.strip().matches("[1-9][0-9]?|100")) {
            throw broken(version, MEMORY_FACTOR, value, "a whole number from 1 to 100");
        }
        return Integer.parseInt(value.strip());
    }

    private static Attributes read(Path file, PluginVersion version) throws PluginException {
        try (JarFile jar = new JarFile(file.toFile(), false)) { // a JAR signature says nothing here
            ZipRules.check(jar, version.getSize());
            return headers(jar, version);
        } catch (BrokenZipException e) {
            throw new PluginException(Texts.of(version) + ": " + e.getMessage());
        } catch (ZipException | EOFException e) {
            throw noJar(version, e);
        } catch (IOException e) {
            throw new PluginException(Texts.of(version) + ": cannot be read: " + e, true);
        }
    }

    private static Attributes headers(JarFile jar, PluginVersion version) throws PluginException {
        try {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                throw new PluginException(Texts.of(version) + ": no manifest (expected: a bundle)");
            }
            return manifest.getMainAttributes();
        } catch (IOException e) { // it was read a moment ago
            throw noJar(version, e);
        }
    }

    private static PluginException noJar(PluginVersion version, IOException why) {
        return new PluginException(
                Texts.of(version) + ": not a jar: " + Texts.of(why) + " (expected: a bundle)");
    }

    private static boolean sameVersion(String one, String other) {
        try {
            return Version.parseVersion(one).equals(Version.parseVersion(other));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String require(Attributes headers, String name, PluginVersion version)
            throws PluginException {
        String value = headers.getValue(name);
        if (value == null || value.isBlank()) {
            throw broken(version, name, null, "it to be there");
        }
        return value.strip();
    }

    private static void refuse(Attributes headers, String name, PluginVersion version)
            throws PluginException {
        String value = headers.getValue(name);
        if (value != null) {
            throw broken(version, name, value, "no such header in a plugin or a library");
        }
    }

    private static PluginException broken(
            PluginVersion version, String header, @Nullable String value, String expected) {
        return new PluginException(
                Texts.of(version)
                        + ": manifest header "
                        + header
                        + (value == null ? " is missing" : ": " + value)
                        + " (expected: "
                        + expected
                        + ")");
    }
}
