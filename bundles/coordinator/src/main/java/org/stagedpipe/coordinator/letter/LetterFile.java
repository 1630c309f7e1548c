package org.stagedpipe.coordinator.letter;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.transport.CallException;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.CRC32C;

/// The dead letters of one group: a file of records, one after the other. The first one says which group it is, each of the
/// others is a letter. Safe for use by many threads.
///
///     0          4            12         16         20
///     +----------+------------+----------+----------+-----------+-----------+
///     | bytes of | bytes of   | CRC-32C  | CRC-32C  | head:     | data: the |
///     | the head | the data   | of head  | of data  | a message | item      |
///     +----------+------------+----------+----------+-----------+-----------+
///
/// Numbers are big-endian. The first 20 bytes are written last: a record that a crash tore has zeros there, and the file
/// ends before it.
final class LetterFile {

    static final int PREFIX_BYTES = 20;
    private static final Logger LOG = LoggerFactory.getLogger(LetterFile.class);
    private static final int PART_BYTES = 256 << 10;
    private static final int MAX_HEAD_BYTES = 1 << 20;

    /// An item's bytes.
    ///
    /// @param parts read once
    record Data(long size, Iterable<ByteString> parts) {}

    /// Who reads a group's letters.
    interface Reader {

        /// The next letter.
        void letter(DeadLetter letter) throws CallException, InterruptedException;

        /// A part of its data.
        void data(ByteString part) throws CallException, InterruptedException;
    }

    private final Path path;
    private final DeadLetterGroup group;
    private long end; // guarded by this, as all below
    private long letterBytes; // of which the letters
    private long kept;
    private long dropped;
    private long lastMs;
    private boolean isGone;
    private long spoiledBytes; // behind its end; nothing is added then
    private boolean isStuck; // on a disk that cannot be written, say

    /// A file that is yet to be written.
    LetterFile(Path path, DeadLetterGroup group) {
        this.path = path;
        this.group = group;
        this.lastMs = group.getFirstMs();
    }

    /// Reads what a file holds, and cuts off what a crash left half written.
    ///
    /// @throws IOException if it is no such file
    static LetterFile open(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Prefix first = Prefix.read(channel, 0);
            if (first == null) {
                throw new IOException(path + ": no record at its beginning (expected: the group)");
            }
            LetterFile file =
                    new LetterFile(path, DeadLetterGroup.parseFrom(first.head(channel, 0)));
            file.end = first.end(0);
            long begin = file.end;
            for (Prefix next = Prefix.read(channel, file.end);
                    next != null;
                    next = Prefix.read(channel, file.end)) {
                file.lastMs = DeadLetter.parseFrom(next.head(channel, file.end)).getTimeMs();
                file.kept++;
                file.end = next.end(file.end);
            }
            if (Prefix.isTorn(channel, file.end)) {
                channel.truncate(file.end);
            } else { // those behind it may be whole: a person may want them
                file.spoiledBytes = channel.size() - file.end;
                long changedMs = Files.getLastModifiedTime(path).toMillis();
                file.lastMs = Math.max(file.lastMs, changedMs); // nobody knows those of the others
                LOG.warn(
                        "dead letters: {}: the record at {} is not what was written; those before"
                                + " it are read, none is added",
                        path,
                        file.end);
            }
            file.letterBytes = channel.size() - begin;
            return file;
        }
    }

    /// How large a letter would make the file larger.
    static long bytes(DeadLetter letter) {
        return PREFIX_BYTES + letter.getSerializedSize() + letter.getSize();
    }

    ByteString id() {
        return group.getGroup();
    }

    /// What its letters take on the disk.
    synchronized long letterBytes() {
        return letterBytes;
    }

    synchronized long kept() {
        return kept;
    }

    /// When an item of the group failed last, since 1970.
    synchronized long lastMs() {
        return lastMs;
    }

    /// It could not be removed; whether for the first time.
    synchronized boolean stay() {
        boolean isFirst = !isStuck;
        isStuck = true;
        return isFirst;
    }

    /// An item was not kept; whether it is the first one.
    synchronized boolean drop() {
        return ++dropped == 1;
    }

    synchronized DeadLetterGroup show() {
        return group.toBuilder()
                .setKept(kept)
                .setBytes(end + spoiledBytes)
                .setDropped(dropped)
                .setLastMs(lastMs)
                .build();
    }

    /// Adds a letter; false if the file was removed meanwhile.
    ///
    /// @throws IOException if it cannot be written; the file is then as it was
    synchronized boolean append(DeadLetter letter, Data data) throws IOException {
        if (isGone) {
            return false;
        }
        if (spoiledBytes > 0) {
            throw new IOException("what is behind " + end + " is not what was written");
        }
        try (FileChannel channel = writable()) {
            append(channel, letter, data);
        }
        kept++;
        lastMs = letter.getTimeMs();
        return true;
    }

    private void append(FileChannel channel, DeadLetter letter, Data data) throws IOException {
        boolean isWritten = false;
        try {
            long at = end;
            if (at == 0) {
                at = write(channel, 0, group, new Data(0, List.of()));
            }
            end = write(channel, at, letter, data);
            letterBytes += end - at;
            isWritten = true;
        } finally {
            if (!isWritten) {
                cut(channel);
            }
        }
    }

    /// Gives back what the disk had room for of a letter that is none.
    private void cut(FileChannel channel) {
        try {
            channel.truncate(end);
            if (end == 0) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.debug("dead letters: {} keeps the rest of one: {}", path, e.toString());
        }
    }

    private FileChannel writable() throws IOException {
        if (end > 0) {
            return FileChannel.open(path, StandardOpenOption.WRITE);
        }
        Files.deleteIfExists(path); // what a failed attempt left
        Files.createFile(
                path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return FileChannel.open(path, StandardOpenOption.WRITE);
    }

    /// Answers where the record ends.
    private static long write(FileChannel channel, long at, MessageLite head, Data data)
            throws IOException {
        byte[] first = head.toByteArray();
        long end = put(channel, ByteBuffer.wrap(first), at + PREFIX_BYTES);
        CRC32C sum = new CRC32C();
        long begin = end;
        for (ByteString part : data.parts()) {
            for (ByteBuffer buffer : part.asReadOnlyByteBufferList()) {
                sum.update(buffer.duplicate());
                end = put(channel, buffer, end);
            }
        }
        if (end - begin != data.size()) {
            throw new IOException(
                    "item: " + (end - begin) + " bytes (expected: " + data.size() + ")");
        }
        put(channel, new Prefix(first.length, data.size(), crc(first), (int) sum.getValue()), at);
        return end;
    }

    private static void put(FileChannel channel, Prefix prefix, long at) throws IOException {
        put(channel, prefix.bytes(), at);
    }

    private static long put(FileChannel channel, ByteBuffer from, long at) throws IOException {
        long position = at;
        while (from.hasRemaining()) {
            position += channel.write(from, position);
        }
        return position;
    }

    /// Reads all letters that are there now, oldest first.
    ///
    /// @throws IOException if the file cannot be read, or its bytes have changed
    void read(boolean withoutData, Reader reader)
            throws IOException, CallException, InterruptedException {
        long to;
        synchronized (this) {
            to = end;
        }
        if (to == 0) {
            return;
        }
        try (FileChannel channel = FileChannel.open(path)) {
            Prefix prefix = Prefix.read(channel, 0);
            for (long at = prefix == null ? to : prefix.end(0); at < to; at = prefix.end(at)) {
                prefix = Prefix.read(channel, at);
                if (prefix == null) {
                    throw new IOException(path + ": no record at " + at);
                }
                reader.letter(withPlugin(DeadLetter.parseFrom(prefix.head(channel, at))));
                if (!withoutData) {
                    read(channel, prefix, at, reader);
                }
            }
        }
    }

    /// Files of earlier releases say it of the group only.
    private DeadLetter withPlugin(DeadLetter letter) {
        return letter.hasPlugin()
                ? letter
                : letter.toBuilder().setPlugin(group.getPlugin()).build();
    }

    private void read(FileChannel channel, Prefix prefix, long at, Reader reader)
            throws IOException, CallException, InterruptedException {
        CRC32C sum = new CRC32C();
        long end = prefix.end(at);
        for (long from = end - prefix.dataBytes(); from < end; ) {
            ByteBuffer part = get(channel, from, (int) Math.min(PART_BYTES, end - from));
            sum.update(part.duplicate());
            from += part.remaining();
            reader.data(ByteString.copyFrom(part));
        }
        if ((int) sum.getValue() != prefix.dataCrc()) {
            throw new IOException(path + ": the item at " + at + " is not what was written");
        }
    }

    /// Removes it; nothing is added any more.
    ///
    /// @return what its letters took
    /// @throws IOException if it is still there, as before
    synchronized long delete() throws IOException {
        Files.deleteIfExists(path);
        isGone = true;
        return letterBytes;
    }

    private static int crc(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return (int) sum.getValue();
    }

    private static ByteBuffer get(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new EOFException("it ends at " + (at + buffer.position()));
            }
        }
        return buffer.flip();
    }

    /// What a record begins with.
    private record Prefix(int headBytes, long dataBytes, int headCrc, int dataCrc) {

        /// Null if there is no whole record.
        static @Nullable Prefix read(FileChannel channel, long at) throws IOException {
            if (channel.size() - at < PREFIX_BYTES) {
                return null;
            }
            ByteBuffer bytes = get(channel, at, PREFIX_BYTES);
            Prefix prefix =
                    new Prefix(bytes.getInt(), bytes.getLong(), bytes.getInt(), bytes.getInt());
            boolean fits =
                    prefix.headBytes > 0
                            && prefix.headBytes <= MAX_HEAD_BYTES
                            && prefix.dataBytes >= 0
                            && prefix.dataBytes
                                    <= channel.size() - at - PREFIX_BYTES - prefix.headBytes;
            return fits && crc(prefix.head(channel, at)) == prefix.headCrc ? prefix : null;
        }

        /// Whether a crash can have left what is there: too little, or zeros.
        static boolean isTorn(FileChannel channel, long at) throws IOException {
            long rest = channel.size() - at;
            return rest < PREFIX_BYTES
                    || get(channel, at, PREFIX_BYTES).equals(ByteBuffer.allocate(PREFIX_BYTES));
        }

        byte[] head(FileChannel channel, long at) throws IOException {
            return get(channel, at + PREFIX_BYTES, headBytes).array();
        }

        long end(long at) {
            return at + PREFIX_BYTES + headBytes + dataBytes;
        }

        ByteBuffer bytes() {
            return ByteBuffer.allocate(PREFIX_BYTES)
                    .putInt(headBytes)
                    .putLong(dataBytes)
                    .putInt(headCrc)
                    .putInt(dataCrc)
                    .flip();
        }
    }
}
