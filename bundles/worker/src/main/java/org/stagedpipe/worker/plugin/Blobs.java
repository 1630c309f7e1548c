package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/// The bundles that this worker has fetched, one file each, named by the digest. They survive a restart; what is half
/// there is fetched to its end. Safe for use by many threads; those that want the same bundle at once fetch it once.
public final class Blobs {

    private static final Logger LOG = LoggerFactory.getLogger(Blobs.class);
    private static final long MAX_BYTES = 104_857_600;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final BlobFolder folder;
    private final BundleSource source;
    private final Duration timeout;
    private final Set<String> underway = new HashSet<>(); // digests; guarded by itself

    /// @param maxBytes of what is kept; what was not used for longest goes first
    /// @param timeout for one bundle, all attempts together
    public Blobs(Path folder, long maxBytes, BundleSource source, Duration timeout) {
        this(new BlobFolder(folder, maxBytes, Clock.systemUTC()), source, timeout);
    }

    Blobs(BlobFolder folder, BundleSource source, Duration timeout) {
        this.folder = folder;
        this.source = source;
        this.timeout = timeout;
    }

    /// The file of that version, fetched if it is not here. Its size and digest are right; both are looked at each time.
    ///
    /// @throws PluginException if it is not to be had within the timeout, whatever else comes in its place
    public Path require(PluginVersion version) throws PluginException, InterruptedException {
        check(version);
        String name = Texts.hex(version.getSha256());
        begin(name);
        try {
            return require(version, name);
        } finally {
            end(name);
        }
    }

    /// Waits until nobody else fetches it, which has an end.
    private void begin(String name) throws InterruptedException {
        synchronized (underway) {
            while (!underway.add(name)) {
                underway.wait();
            }
        }
    }

    private void end(String name) {
        synchronized (underway) {
            underway.remove(name);
            underway.notifyAll();
        }
    }

    private Path require(PluginVersion version, String name)
            throws PluginException, InterruptedException {
        try {
            Path file = folder.file(name);
            if (isHere(file, version)) {
                return file;
            }
            Path part = folder.file(name + ".part");
            fetch(version, part);
            Files.move(
                    part,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            folder.trim();
            return file;
        } catch (IOException e) {
            throw new PluginException(
                    Texts.of(version) + ": cannot be kept in " + folder + ": " + Texts.of(e), true);
        }
    }

    private static void check(PluginVersion version) throws PluginException {
        if (version.getSha256().size() != 32) {
            throw new PluginException(
                    Texts.of(version)
                            + ": sha-256 of "
                            + version.getSha256().size()
                            + " bytes (expected: 32)");
        }
        if (version.getSize() < 1 || version.getSize() > MAX_BYTES) {
            throw new PluginException(
                    Texts.of(version)
                            + ": size "
                            + version.getSize()
                            + " (expected: 1 to "
                            + MAX_BYTES
                            + " bytes)");
        }
    }

    private void fetch(PluginVersion version, Path part)
            throws PluginException, IOException, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        Duration pause = FIRST_PAUSE;
        int attempt = 0;
        if (Files.exists(part) && Files.size(part) > version.getSize()) {
            Files.delete(part);
        }
        while (true) {
            try {
                fetchOnce(version, part, Duration.ofNanos(end - System.nanoTime()), attempt++);
                verify(version, part);
                return;
            } catch (CallException e) {
                if (e.kind() == CallException.Kind.NOT_FOUND) {
                    throw PluginException.missing(
                            Texts.of(version) + " is not in the repository: " + e.getMessage());
                }
                if (System.nanoTime() + pause.toNanos() > end) {
                    throw new PluginException(
                            Texts.of(version) + " could not be fetched: " + e.getMessage(), true);
                }
                Thread.sleep(pause);
                pause = pause.plus(pause);
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
            }
        }
    }

    private void fetchOnce(PluginVersion version, Path part, Duration within, int attempt)
            throws CallException, PluginException, IOException, InterruptedException {
        long size;
        try (FileSink sink = new FileSink(part, version.getSize())) {
            if (sink.offset() < version.getSize()) {
                source.fetch(version, sink, within, attempt);
            }
            size = sink.offset();
        } catch (TooManyBytesException e) {
            Files.delete(part);
            throw new CallException( // another overseer may have it right
                    CallException.Kind.UNREACHABLE,
                    "more than "
                            + version.getSize()
                            + " bytes come (expected: the size in the catalogue)",
                    e);
        }
        if (size < version.getSize()) {
            throw new CallException(
                    CallException.Kind.UNREACHABLE,
                    size + " of " + version.getSize() + " bytes came");
        }
    }

    private static void verify(PluginVersion version, Path part) throws CallException, IOException {
        ByteString digest = digest(part);
        if (!digest.equals(version.getSha256())) {
            Files.delete(part); // a bit that flipped on the way, perhaps
            throw new CallException(
                    CallException.Kind.UNREACHABLE,
                    "what came has the sha-256 "
                            + Texts.hex(digest)
                            + " (expected: "
                            + Texts.hex(version.getSha256())
                            + ")");
        }
    }

    /// What cannot be read is fetched anew, and replaced.
    private boolean isHere(Path file, PluginVersion version) {
        try {
            folder.used(file); // before it is read: from now on it stays
            return Files.size(file) == version.getSize()
                    && digest(file).equals(version.getSha256());
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            LOG.warn("{}: {} cannot be read: {}", Texts.of(version), file, Texts.of(e));
            return false;
        }
    }

    private static ByteString digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(in, sha256())) {
            digesting.transferTo(OutputStream.nullOutputStream());
            return ByteString.copyFrom(digesting.getMessageDigest().digest());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// More came than the catalogue says.
    private static final class TooManyBytesException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// Appends to a file, up to a size.
    private static final class FileSink implements BundleSource.Sink, AutoCloseable {

        private final OutputStream out;
        private final long limit;
        private long offset;

        FileSink(Path part, long limit) throws IOException {
            this.offset = Files.exists(part) ? Files.size(part) : 0;
            this.limit = limit;
            this.out =
                    Files.newOutputStream(
                            part, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public void write(ByteString data) throws IOException {
            if (offset + data.size() > limit) {
                throw new TooManyBytesException();
            }
            data.writeTo(out);
            offset += data.size();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
