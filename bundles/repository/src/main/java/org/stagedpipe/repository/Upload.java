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
/// it was kept or left meanwhile.
public final class Upload implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 << 10;

    private final Path file;
    private final FileChannel channel;
    private final MessageDigest digest = Digests.sha256();
    private final boolean isPart;
    private final Runnable closed;
    private long size;

    private Upload(Path file, FileChannel channel, boolean isPart, Runnable closed) {
        this.file = file;
        this.channel = channel;
        this.isPart = isPart;
        this.closed = closed;
    }

    /// Goes on with what that file holds.
    ///
    /// @param isPart whether another one can go on with the file
    /// @param closed called once, when this ends
    static Upload on(Path file, boolean isPart, Runnable closed) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        Upload upload = new Upload(file, channel, isPart, closed);
        boolean read = false;
        try {
            upload.readWhatIsThere();
            read = true;
            return upload;
        } finally {
            if (!read) {
                channel.close();
            }
        }
    }

    private void readWhatIsThere() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer) >= 0) {
            size += buffer.position();
            digest.update(buffer.flip());
            buffer.clear();
        }
    }

    /// Forgets what came so far.
    ///
    /// @throws IOException if the disk refuses it
    public void restart() throws IOException {
        channel.truncate(0);
        digest.reset();
        size = 0;
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

    /// Ends it for now; one for the same digest goes on where it ended, if one can.
    ///
    /// @throws IOException if the disk refuses it
    public void leave() throws IOException {
        if (isPart) {
            end();
        } else {
            close();
        }
    }

    private void end() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            closed.run();
        }
    }

    @Override
    public void close() throws IOException {
        boolean isLeft = !channel.isOpen();
        if (!isLeft) {
            Files.deleteIfExists(file);
            end();
        }
    }
}
