package org.stagedpipe.repository;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Bundles on disk, each in a file named by its SHA-256, so that the same bytes are kept once and no name from outside
/// ever becomes a path. Safe for use by many threads.
///
/// A bundle arrives as an [Upload] in a folder of its own; only a whole one, forced to disk, moves to its name.
public final class Blobs {

    private static final String INCOMING = "incoming";

    private final Path folder;

    private Blobs(Path folder) {
        this.folder = folder;
    }

    /// Those in that folder, which is made if need be; what an earlier process left half uploaded is removed.
    ///
    /// @throws IOException if the folder cannot be used
    public static Blobs in(Path folder) throws IOException {
        Path incoming = Files.createDirectories(folder.resolve(INCOMING));
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(incoming)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        return new Blobs(folder);
    }

    /// Room for a new one; the caller closes it.
    ///
    /// @throws IOException if there is none
    public Upload upload() throws IOException {
        return new Upload(Files.createTempFile(folder.resolve(INCOMING), "upload", ".jar"));
    }

    /// Keeps an upload for good. When this returns it survives a loss of power.
    ///
    /// @throws IOException if it cannot be written; nothing is kept then
    public void keep(Upload upload) throws IOException {
        Path kept = path(upload.sha256());
        upload.force();
        Files.move(upload.file(), kept, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /// The file with that digest, 64 lower-case hexadecimal digits; empty if there is none.
    public Optional<Path> find(String sha256) {
        if (!sha256.matches("[0-9a-f]{64}")) {
            return Optional.empty();
        }
        return Optional.of(path(sha256)).filter(Files::isRegularFile);
    }

    /// Removes one that nobody needs any more; does nothing if it is not there.
    ///
    /// @throws IOException if it cannot be removed
    public void remove(String sha256) throws IOException {
        Optional<Path> file = find(sha256);
        if (file.isPresent()) {
            Files.deleteIfExists(file.get());
        }
    }

    private Path path(String sha256) {
        return folder.resolve(sha256);
    }
}
