package org.stagedpipe.benchmarks.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/// A jar of one class.
final class BareJar {

    private BareJar() {}

    /// Made once in that folder.
    static Path in(Path folder, Class<?> type) throws IOException {
        Path jar = folder.resolve("bare.jar");
        if (!Files.exists(jar)) {
            String entry = type.getName().replace('.', '/') + ".class";
            try (InputStream in = type.getClassLoader().getResourceAsStream(entry);
                    JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
                if (in == null) {
                    throw new IOException("no class file of " + type);
                }
                out.putNextEntry(new JarEntry(entry));
                in.transferTo(out);
            }
        }
        return jar;
    }
}
