package org.stagedpipe.repository;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Version;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/// What the manifest of a plugin, or of a library, may say.
final class ManifestRules {

    static final String PLUGIN = PluginVersion.HEADER;

    private static final String MEMORY_FACTOR = "Stagedpipe-Memory-Factor";
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";
    private static final String SYMBOLIC_NAME = "[A-Za-z0-9._-]{1,200}";

    private final String file;
    private final Attributes headers;

    /// @param file as the operator named it
    ManifestRules(String file, Manifest manifest) {
        this.file = file;
        this.headers = manifest.getMainAttributes();
    }

    /// Those for a plugin.
    void check() throws RefusedException {
        checkBundle();
        String factor = header(MEMORY_FACTOR);
        if (!factor.isEmpty() && !factor.matches("[1-9][0-9]?|100")) {
            throw new RefusedException(
                    file,
                    MEMORY_FACTOR + ": \"" + factor + "\"",
                    "a whole number from 1 to 100: how many times its size an item may need in"
                            + " memory");
        }
        if (!pluginName().matches(NAME)) {
            throw new RefusedException(
                    file,
                    pluginName().isEmpty()
                            ? "a bundle without a pipeline: no header " + PLUGIN
                            : PLUGIN + ": \"" + pluginName() + "\"",
                    PLUGIN + ": NAME of letters, digits and . _ -, at most 100");
        }
    }

    /// Those for a library.
    void checkLibrary() throws RefusedException {
        checkBundle();
        if (!pluginName().isEmpty()) {
            throw new RefusedException(
                    file,
                    "a plugin, " + PLUGIN + ": " + pluginName(),
                    "a library: install plugins");
        }
        if (!symbolicName().matches(SYMBOLIC_NAME)) {
            throw new RefusedException(
                    file,
                    "Bundle-SymbolicName: " + symbolicName(),
                    "letters, digits and . _ -, at most 200");
        }
    }

    private void checkBundle() throws RefusedException {
        checkIsBundle();
        absent("Fragment-Host", "a bundle of its own, no fragment");
        absent("DynamicImport-Package", "no DynamicImport-Package: all imports are known");
        absent("Bundle-NativeCode", "no native code: it stays loaded for ever");
        String plain = header("Bundle-SymbolicName").replaceAll("[\\s\"]", "");
        if (plain.toLowerCase(Locale.ROOT).contains("singleton:=true")) { // as Felix reads it
            throw new RefusedException(
                    file,
                    "Bundle-SymbolicName: " + header("Bundle-SymbolicName"),
                    "no singleton: two versions run beside each other");
        }
    }

    private void checkIsBundle() throws RefusedException {
        if (symbolicName().isEmpty()) {
            throw new RefusedException(
                    file,
                    "a jar that is no bundle: no header Bundle-SymbolicName",
                    "an OSGi bundle");
        }
        if (!"2".equals(header("Bundle-ManifestVersion"))) {
            throw new RefusedException(
                    file,
                    "Bundle-ManifestVersion: \"" + header("Bundle-ManifestVersion") + "\"",
                    "2");
        }
        String version = header("Bundle-Version");
        if (parsed(version) == null) {
            throw new RefusedException(
                    file,
                    version.isEmpty()
                            ? "no header Bundle-Version"
                            : "Bundle-Version: \"" + version + "\"",
                    "major.minor.micro or major.minor.micro.qualifier");
        }
    }

    String symbolicName() {
        return header("Bundle-SymbolicName").split(";", 2)[0].strip();
    }

    /// In full, three numbers at least. After [#check()].
    String version() {
        return String.valueOf(parsed(header("Bundle-Version")));
    }

    String pluginName() {
        return header(PLUGIN);
    }

    /// Where Declarative Services finds its components, comma-separated; empty if nowhere.
    String components() {
        return header("Service-Component");
    }

    private void absent(String header, String expected) throws RefusedException {
        if (!header(header).isEmpty()) {
            throw new RefusedException(file, header + ": " + header(header), expected);
        }
    }

    private String header(String name) {
        String value = headers.getValue(name);
        return value == null ? "" : value.strip();
    }

    private static @Nullable Version parsed(String version) {
        if (version.isEmpty()) {
            return null;
        }
        try {
            return Version.parseVersion(version);
        } catch (IllegalArgumentException e) {
            return null; // the caller says what is wrong
        }
    }
}
