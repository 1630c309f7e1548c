package org.stagedpipe.repository;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Bundles on disk, each in a file named by its SHA-256, so that the same bytes are kept once and no name from outside
/// ever becomes a path. Safe for use by many threads.
///
/// A bundle arrives as an [Upload] in a folder of its own; only a whole one, forced to disk, moves to its name. One that
/// broke off stays there, named by the digest that was announced, until somebody goes on with it or it is swept away.
public final class Blobs {

    private static final String INCOMING = "incoming";
    private static final String DIGEST = "[0-9a-f]{64}";
    private static final String PART = ".part";

    private final Path folder;
    private final Set<Path> arriving = ConcurrentHashMap.newKeySet();

    private Blobs(Path folder) {
        this.folder = folder;
    }

    /// Those in that folder, which is made if need be; what an earlier process left that nobody can go on with is removed.
    ///
    /// @throws IOException if the folder cannot be used
    public static Blobs in(Path folder) throws IOException {
        Path incoming = Files.createDirectories(folder.resolve(INCOMING));
        try (DirectoryStream<Path> leftovers =
                Files.newDirectoryStream(incoming, file -> !isPart(file))) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        return new Blobs(folder);
    }

    /// Where they are.
    public Path folder() {
        return folder;
    }

    /// Room for a new one; the caller closes it.
    ///
    /// @throws IOException if there is none
    public Upload upload() throws IOException {
        return Upload.on(
                Files.createTempFile(folder.resolve(INCOMING), "upload", ".jar"), false, () -> {});
    }

    /// Room for one of that digest, with what an earlier one for it left; the caller closes or leaves it. While another one
    /// for it is open, it is empty, and nothing stays of it when it is left.
    ///
    /// @param sha256 64 lower-case hexadecimal digits, as announced
    /// @throws IOException if there is none
    public Upload upload(String sha256) throws IOException {
        if (!sha256.matches(DIGEST)) {
            throw new IOException("digest: \"" + sha256 + "\" (expected: 64 hexadecimal digits)");
        }
        Path part = folder.resolve(INCOMING).resolve(sha256 + PART);
        if (!arriving.add(part)) {
            return upload();
        }
        boolean open = false;
        try {
            Upload upload = Upload.on(part, true, () -> arriving.remove(part));
            open = true;
            return upload;
        } finally {
            if (!open) {
                arriving.remove(part);
            }
        }
    }

    private static boolean isPart(Path file) {
        return String.valueOf(file.getFileName()).matches(DIGEST + PART);
    }

    /// Begins the grace of a blob anew, as if it had just come: what is here then is not swept before that is over.
    ///
    /// @return whether it is here
    public synchronized boolean touch(String sha256) throws IOException {
        Optional<Path> file = find(sha256);
        if (file.isPresent()) {
            Files.setLastModifiedTime(file.get(), FileTime.from(Instant.now()));
        }
        return file.isPresent();
    }

    /// Removes what nobody needs and is older than that: blobs, and uploads that broke off.
    ///
    /// @param needed digests
    /// @return the digests of the blobs that went
    /// @throws IOException if the folder cannot be read, or a file not removed
    public List<String> sweep(Set<String> needed, Instant before) throws IOException {
        List<String> swept = new ArrayList<>();
        for (Path file : files(folder)) {
            String name = String.valueOf(file.getFileName());
            if (name.matches(DIGEST) && !needed.contains(name) && isSwept(file, before)) {
                swept.add(name);
            }
        }
        for (Path file : files(folder.resolve(INCOMING))) {
            if (isPart(file) && isOlder(file, before) && arriving.add(file)) {
                try {
                    Files.deleteIfExists(file);
                } finally {
                    arriving.remove(file);
                }
            }
        }
        return swept;
    }

    /// Not while somebody touches it, or keeps another one in its place.
    private synchronized boolean isSwept(Path file, Instant before) throws IOException {
        return Files.exists(file) && isOlder(file, before) && Files.deleteIfExists(file);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static boolean isOlder(Path file, Instant before) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(before);
    }

    /// Keeps an upload for good, in place of a blob with its digest. When this returns it survives a loss of power.
    ///
    /// @throws IOException if it cannot be written; nothing is kept then
    public synchronized void keep(Upload upload) throws IOException {
        Path kept = path(upload.sha256());
        upload.force();
        Files.setLastModifiedTime(upload.file(), FileTime.from(Instant.now()));
        Files.move(upload.file(), kept, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /// The file with that digest, 64 lower-case hexadecimal digits; empty if there is none.
    public Optional<Path> find(String sha256) {
        if (!sha256.matches(DIGEST)) {
            return Optional.empty();
        }
        return Optional.of(path(sha256)).filter(Files::isRegularFile);
    }

    /// Whether it is here, can be read, and its bytes are those of its name. Reads all of it.
    public boolean isWhole(String sha256) {
        return find(sha256).map(Blobs::digest).filter(sha256::equals).isPresent();
    }

    private static String digest(Path file) {
        MessageDigest digest = Digests.sha256();
        try (InputStream in = Files.newInputStream(file)) {
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        } catch (IOException e) {
            return "none: " + e;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Removes one that nobody needs any more; does nothing if it is not there.
    ///
    /// @throws IOException if it cannot be removed
    public synchronized void remove(String sha256) throws IOException {
        if (sha256.matches(DIGEST)) {
            Files.deleteIfExists(path(sha256));
        }
    }

    private Path path(String sha256) {
        return folder.resolve(sha256);
    }
}
