package org.stagedpipe.features;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.framework.connect.ModuleConnector;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/// Jars on the class path of this process, which a [Container] connects to instead of reading them a second time (OSGi Core 8, chapter
/// 60): such a bundle has its own headers, wires and services, and its classes are those of the class path, so a cache of classes
/// made ahead of time has them too.
///
/// Its bundles must have no class in common that differs: the first jar's counts. None of them can look up its bundle by one of its classes, and
/// `Bundle.loadClass` finds what the class path has.
///
/// Made by the launcher for one container; immutable, asked by the framework on any thread; owns nothing.
public final class ClassPath implements ModuleConnector {

    private static final String CONNECTED = "classpath:";

    private final Set<Path> jars;

    private ClassPath(Set<Path> jars) {
        this.jars = jars;
    }

    /// No jar: each bundle gets a class loader of its own.
    public static ClassPath none() {
        return new ClassPath(Set.of());
    }

    /// The jars that this process was started with, and those that their manifests name.
    ///
    /// @throws IOException if one of them cannot be read
    public static ClassPath ofThisProcess() throws IOException {
        return of(System.getProperty("java.class.path"));
    }

    static ClassPath of(String entries) throws IOException {
        Set<Path> jars = new LinkedHashSet<>();
        for (String entry : entries.split(File.pathSeparator, -1)) {
            Path jar = Path.of(entry).toAbsolutePath().normalize();
            if (Files.isRegularFile(jar)) {
                jars.add(jar);
                addNamed(jar, jars);
            }
        }
        return new ClassPath(jars);
    }

    private static void addNamed(Path jar, Set<Path> jars) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            String named =
                    manifest == null
                            ? null
                            : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            if (named != null) {
                for (String other : named.split(" ", -1)) {
                    jars.add(Path.of(jar.toUri().resolve(other)).normalize());
                }
            }
        }
    }

    /// What the framework is to know a bundle by, so that it comes back here for those that are on the class path.
    String location(Path bundle) {
        Path file = bundle.toAbsolutePath().normalize();
        return jars.contains(file) ? CONNECTED + file : "reference:" + bundle.toUri();
    }

    @Override
    public void initialize(File storage, Map<String, String> configuration) {
        // it keeps nothing
    }

    /// Called by the framework for each bundle that it installs.
    @Override
    public Optional<ConnectModule> connect(String location) {
        if (!location.startsWith(CONNECTED)) {
            return Optional.empty();
        }
        Path jar = Path.of(location.substring(CONNECTED.length()));
        return jars.contains(jar)
                ? Optional.of(() -> new ConnectedJar(jar, ClassPath.class.getClassLoader()))
                : Optional.empty();
    }

    @Override
    public Optional<BundleActivator> newBundleActivator() {
        return Optional.empty();
    }
}
