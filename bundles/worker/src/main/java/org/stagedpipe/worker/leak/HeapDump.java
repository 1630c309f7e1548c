package org.stagedpipe.worker.leak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// The records of a heap dump as HotSpot writes it (JAVA PROFILE 1.0.2), big-endian, with ids of 8 bytes:
///
/// ```
/// "JAVA PROFILE 1.0.2\0" | id size u4 | ms u8 | records
/// record: tag u1 | us u4 | length u4 | body
/// ```
///
/// Reads a file of up to 2 GiB through a mapping of it; the heap's objects stay in the file, [Visitor] is told where.
final class HeapDump {

    /// Whom the reader tells of the objects of the heap, in the order of the file.
    interface Visitor {
        /// Something outside of the heap refers to this object.
        ///
        /// @param kind tag of the record
        /// @param thread serial of the thread, 0 if it has none
        void root(int kind, long id, int thread);

        /// A class; its statics and fields are in [Classes].
        void type(HeapClass type);

        /// An object, its fields at that place of the file.
        void instance(long id, long type, int at);

        /// An array of objects, at that place of the file.
        void array(long id, int length, int at);

        /// An array of bytes, at that place of the file.
        void bytes(long id, int length, int at);
    }

    private static final int STRING = 0x01;
    private static final int LOAD_CLASS = 0x02;
    private static final int HEAP = 0x0c;
    private static final int HEAP_SEGMENT = 0x1c;
    private static final int ID_BYTES = 8;
    private static final int OBJECT = 2;

    /// What a name has beside its characters: the text 24, its bytes 16, the id 16 to 24, the map's node 32 and slots 8.
    private static final int NAME_BYTES = 104;

    private final ByteBuffer file;
    private final Map<Long, String> strings = new HashMap<>();
    private final Map<Long, String> classNames = new HashMap<>();

    private HeapDump(ByteBuffer file) {
        this.file = file;
    }

    /// Maps a dump; it may be deleted afterwards.
    static HeapDump map(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new IOException(
                        "heap dump: " + channel.size() + " bytes (expected: less than 2 GiB)");
            }
            return new HeapDump(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    /// What the names take that it has read, of symbols and classes; most have a byte for each character.
    long namesBytes() {
        return Stream.of(strings, classNames)
                .flatMap(names -> names.values().stream())
                .mapToLong(name -> name.length() + NAME_BYTES)
                .sum();
    }

    /// A reference in the file.
    long id(int at) {
        return file.getLong(at);
    }

    /// An int in the file.
    int number(int at) {
        return file.getInt(at);
    }

    /// The bytes of a primitive array of the file.
    byte[] bytes(int at, int length) {
        byte[] bytes = new byte[length];
        file.get(at, bytes);
        return bytes;
    }

    /// Goes through the whole file once.
    ///
    /// @throws IOException if it is none that this can read
    void read(Visitor visitor) throws IOException {
        file.position(0);
        while (file.get() != 0) {
            // the name of the format
        }
        int idBytes = file.getInt();
        if (idBytes != ID_BYTES) {
            throw new IOException("heap dump: ids of " + idBytes + " bytes (expected: 8)");
        }
        file.getLong();
        while (file.hasRemaining()) {
            int tag = file.get() & 0xff;
            file.getInt();
            int length = file.getInt();
            int end = file.position() + length;
            switch (tag) {
                case STRING -> {
                    long id = file.getLong();
                    byte[] text = bytes(file.position(), length - ID_BYTES);
                    strings.put(id, new String(text, StandardCharsets.UTF_8));
                }
                case LOAD_CLASS -> {
                    file.getInt();
                    long id = file.getLong();
                    file.getInt();
                    classNames.put(id, text(file.getLong()).replace('/', '.'));
                }
                case HEAP, HEAP_SEGMENT -> heap(end, visitor);
                default -> {} // stacks and totals
            }
            file.position(end);
        }
    }

    private void heap(int end, Visitor visitor) throws IOException {
        while (file.position() < end) {
            int tag = file.get() & 0xff;
            switch (tag) {
                case Roots.UNKNOWN, Roots.STICKY_CLASS, Roots.MONITOR ->
                        visitor.root(tag, file.getLong(), 0);
                case Roots.JNI_GLOBAL -> {
                    visitor.root(tag, file.getLong(), 0);
                    file.getLong();
                }
                case Roots.JNI_LOCAL, Roots.FRAME -> {
                    visitor.root(tag, file.getLong(), file.getInt());
                    file.getInt();
                }
                case Roots.NATIVE_STACK, Roots.THREAD_BLOCK ->
                        visitor.root(tag, file.getLong(), file.getInt());
                case Roots.THREAD -> {
                    visitor.root(tag, file.getLong(), file.getInt());
                    file.getInt();
                }
                case 0x20 -> visitor.type(type());
                case 0x21 -> {
                    long id = file.getLong();
                    file.getInt();
                    long type = file.getLong();
                    int bytes = file.getInt();
                    visitor.instance(id, type, file.position());
                    file.position(file.position() + bytes);
                }
                case 0x22 -> {
                    long id = file.getLong();
                    file.getInt();
                    int length = file.getInt();
                    file.getLong();
                    visitor.array(id, length, file.position());
                    file.position(file.position() + length * ID_BYTES);
                }
                case 0x23 -> {
                    long id = file.getLong();
                    file.getInt();
                    int length = file.getInt();
                    int kind = file.get();
                    if (size(kind) == 1) {
                        visitor.bytes(id, length, file.position());
                    }
                    file.position(file.position() + length * size(kind));
                }
                default ->
                        throw new IOException(
                                "heap dump: record " + tag + " at " + file.position());
            }
        }
    }

    private HeapClass type() throws IOException {
        long id = file.getLong();
        file.getInt();
        HeapClass type = new HeapClass(id, file.getLong(), classNames.getOrDefault(id, "?"));
        type.loader = file.getLong();
        file.position(file.position() + 4 * ID_BYTES + Integer.BYTES); // signers ... size
        for (int constants = file.getShort() & 0xffff; constants > 0; constants--) {
            file.getShort();
            file.position(file.position() + size(file.get()));
        }
        for (int statics = file.getShort() & 0xffff; statics > 0; statics--) {
            String name = text(file.getLong());
            int kind = file.get();
            if (kind == OBJECT) {
                type.statics.put(name, file.getLong(file.position()));
            }
            file.position(file.position() + size(kind));
        }
        int at = 0;
        for (int fields = file.getShort() & 0xffff; fields > 0; fields--) {
            String name = text(file.getLong());
            int kind = file.get();
            type.fields.add(new HeapClass.Field(name, at, kind == OBJECT));
            at += size(kind);
        }
        type.bytes = at;
        return type;
    }

    private String text(long id) {
        return strings.getOrDefault(id, "?");
    }

    private static int size(int kind) throws IOException {
        return switch (kind) {
            case OBJECT, 7, 11 -> ID_BYTES; // reference, double, long
            case 4, 8 -> 1; // boolean, byte
            case 5, 9 -> 2; // char, short
            case 6, 10 -> 4; // float, int
            default -> throw new IOException("heap dump: a value of kind " + kind);
        };
    }
}
