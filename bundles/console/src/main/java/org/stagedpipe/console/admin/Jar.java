package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// A file to be published, measured before anything is sent.
///
/// @param path of the file
/// @param size bytes, from 1 to [#MAX_BYTES]
/// @param sha256 of its bytes
record Jar(Path path, long size, ByteString sha256) {

    /// What the overseer takes at most.
    static final long MAX_BYTES = 100L << 20;

    private static final int BUFFER_BYTES = 256 << 10;

    /// Looks at the file and reads it once.
    ///
    /// @throws IllegalArgumentException if it is no file of a size that can be published
    static Jar read(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw refused(path, "is a directory");
        }
        if (!Files.exists(path)) {
            throw refused(path, "does not exist");
        }
        if (!Files.isReadable(path)) {
            throw refused(path, "cannot be read");
        }
        long size = Files.size(path);
        if (size == 0 || size > MAX_BYTES) {
            throw refused(path, "has " + size + " bytes");
        }
        return new Jar(path, size, digest(path));
    }

    /// Its name without folders, as operators see it.
    String file() {
        return String.valueOf(path.getFileName());
    }

    private static IllegalArgumentException refused(Path path, String why) {
        return new IllegalArgumentException(
                path + ": " + why + " (expected: a bundle's jar of 1 to " + MAX_BYTES + " bytes)");
    }

    private static ByteString digest(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return ByteString.copyFrom(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: every Java has it", e);
        }
    }
}
