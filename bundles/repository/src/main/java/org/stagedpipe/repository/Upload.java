package org.stagedpipe.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/// A bundle on its way in: a file that grows, its size and digest. For one thread at a time. Close removes the file unless
/// it was kept meanwhile.
public final class Upload implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;
    private final MessageDigest digest = Digests.sha256();
    private long size;

    Upload(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.WRITE);
    }

    /// Appends bytes.
    ///
    /// @throws IOException if the disk takes no more
    public void write(ByteBuffer bytes) throws IOException {
        size += bytes.remaining();
        digest.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// How much came so far, bytes.
    public long size() {
        return size;
    }

    /// The digest of what came so far, 64 lower-case hexadecimal digits.
    public String sha256() {
        try {
            MessageDigest copy = (MessageDigest) digest.clone();
            return HexFormat.of().formatHex(copy.digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java's SHA-256 cannot be copied", e);
        }
    }

    /// Where the bytes are until this is closed.
    public Path file() {
        return file;
    }

    void force() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }
}
