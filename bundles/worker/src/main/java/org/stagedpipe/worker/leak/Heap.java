package org.stagedpipe.worker.leak;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// The objects of a heap dump by their index, and what each refers to. How much memory it takes says [#bytes(int)].
final class Heap implements HeapDump.Visitor {

    /// Hears of what an object refers to.
    @FunctionalInterface
    interface Edges {
        /// @param name of the field; with `static ` before it that of a class
        void edge(String name, int to);
    }

    /// Not an index.
    static final int NONE = -1;

    private static final int LONGEST_NAME = 512;

    /// Texts that Latin-1 does not have, in the machine's order.
    private static final Charset WIDE =
            ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                    ? StandardCharsets.UTF_16LE
                    : StandardCharsets.UTF_16BE;

    private final HeapDump dump;
    private final Ids ids;
    private final Map<Long, HeapClass> classes = new HashMap<>();
    private final long[] typeOf; // the id of its class, its own id for a class, 0 for an array
    private final int[] places; // in the file
    private final int[] lengths; // of arrays
    private int count;
    private int[] roots = new int[2 << 10]; // pairs: kind, thread
    private int rootCount;
    private long[] rootIds = new long[1 << 10];
    private final Map<Integer, Long> threads = new HashMap<>(); // by serial
    private boolean isSoft; // what soft references refer to counts, too

    private Heap(HeapDump dump, int objects) {
        this.dump = dump;
        ids = new Ids(objects);
        typeOf = new long[objects];
        places = new int[objects];
        lengths = new int[objects];
    }

    /// Reads the whole dump, twice.
    ///
    /// @param free bytes of the heap after the dump's collection. Of what the dump's names leave it may take two fifths, with a walk through it:
    ///     items may take the rest meanwhile
    /// @throws IOException if it would take more
    static Heap read(Path path, long free) throws IOException {
        HeapDump dump = HeapDump.map(path);
        Counting counting = new Counting();
        dump.read(counting);
        long needed = bytes(counting.objects);
        long mostBytes = Math.max(0, free - dump.namesBytes()) / 5 * 2;
        if (needed > mostBytes) {
            throw new IOException(
                    "a heap dump of "
                            + counting.objects
                            + " objects, which takes "
                            + needed
                            + " bytes to look through (expected: at most "
                            + mostBytes
                            + " that are free beside what items may take)");
        }
        Heap heap = new Heap(dump, counting.objects);
        dump.read(heap);
        return heap;
    }

    /// What one of so many objects takes, with what a walk through it does: 42 to 60 bytes for each.
    static long bytes(int objects) {
        long places = Long.BYTES + 2 * Integer.BYTES;
        long walk = 2 * Integer.BYTES;
        return objects * (places + walk) + Ids.bytes(objects);
    }

    /// How many objects there are.
    private static final class Counting implements HeapDump.Visitor {

        private int objects;

        @Override
        public void root(int kind, long id, int thread) {}

        @Override
        public void type(HeapClass type) {
            objects++;
        }

        @Override
        public void instance(long id, long type, int at) {
            objects++;
        }

        @Override
        public void array(long id, int length, int at) {
            objects++;
        }

        @Override
        public void bytes(long id, int length, int at) {
            objects += length <= LONGEST_NAME ? 1 : 0;
        }
    }

    @Override
    public void root(int kind, long id, int thread) {
        if (rootCount == rootIds.length) {
            rootIds = Arrays.copyOf(rootIds, rootCount * 2);
            roots = Arrays.copyOf(roots, rootCount * 2 * 2);
        }
        rootIds[rootCount] = id;
        roots[2 * rootCount] = kind;
        roots[2 * rootCount + 1] = thread;
        rootCount++;
        if (kind == Roots.THREAD) {
            threads.put(thread, id);
        }
    }

    @Override
    public void type(HeapClass type) {
        classes.put(type.id, type);
        add(type.id, type.id, 0, 0);
    }

    @Override
    public void instance(long id, long type, int at) {
        add(id, type, at, 0);
    }

    @Override
    public void array(long id, int length, int at) {
        add(id, 0, at, length);
    }

    @Override
    public void bytes(long id, int length, int at) {
        if (length <= LONGEST_NAME) {
            add(id, 0, at, -length - 1);
        }
    }

    private void add(long id, long type, int at, int length) {
        typeOf[count] = type;
        places[count] = at;
        lengths[count] = length;
        ids.put(id, count++);
    }

    /// How many objects there are.
    int size() {
        return count;
    }

    int roots() {
        return rootCount;
    }

    int rootKind(int root) {
        return roots[2 * root];
    }

    /// What a root refers to, or [#NONE].
    int rootTarget(int root) {
        return ids.get(rootIds[root]);
    }

    /// The thread that a root belongs to, or [#NONE].
    int rootThread(int root) {
        return ids.get(threads.getOrDefault(roots[2 * root + 1], 0L));
    }

    /// The class that this object is; null if it is none.
    @Nullable HeapClass asClass(int index) {
        HeapClass type = classes.get(typeOf[index]);
        return type != null && ids.get(type.id) == index ? type : null;
    }

    /// The class of this object; null for arrays and classes.
    @Nullable HeapClass typeOf(int index) {
        return asClass(index) == null ? classes.get(typeOf[index]) : null;
    }

    /// For people.
    String nameOf(int index) {
        HeapClass self = asClass(index);
        HeapClass type = typeOf(index);
        return self != null ? self.name : type != null ? type.name : "an array";
    }

    /// From now on what soft references refer to is kept alive by them, as it is while memory is not short.
    void followSoftReferences() {
        isSoft = true;
    }

    /// Whether its class, or one above it, has that name; not for arrays and classes.
    boolean isA(int index, String name) {
        for (HeapClass type = typeOf(index); type != null; type = classes.get(type.superclass)) {
            if (type.name.equals(name)) {
                return true;
            }
        }
        return false;
    }

    /// Everything that this object keeps alive: not what weak and phantom references refer to.
    void edges(int index, Edges edges) {
        HeapClass self = asClass(index);
        if (self != null) {
            self.statics.forEach((name, id) -> edge("static " + name, id, edges));
            edge("loader", self.loader, edges);
            edge("superclass", self.superclass, edges);
            return;
        }
        for (int i = 0; i < lengths[index]; i++) {
            edge("[]", dump.id(places[index] + i * Long.BYTES), edges);
        }
        HeapClass type = typeOf(index);
        if (type != null) {
            edge("class", type.id, edges);
            fields(index, type, edges);
        }
    }

    private void fields(int index, HeapClass type, Edges edges) {
        int at = places[index];
        boolean follows = isSoft && isA(index, "java.lang.ref.SoftReference");
        for (HeapClass next = type; next != null; next = classes.get(next.superclass)) {
            boolean isReference = next.name.equals("java.lang.ref.Reference");
            for (HeapClass.Field field : next.fields) {
                boolean isKept = !isReference || (follows && field.name().equals("referent"));
                if (field.isReference() && isKept) {
                    edge(field.name(), dump.id(at + field.at()), edges);
                }
            }
            at += next.bytes;
        }
    }

    private void edge(String name, long id, Edges edges) {
        int to = ids.get(id);
        if (to != NONE) {
            edges.edge(name, to);
        }
    }

    /// What a field of this object refers to, or [#NONE].
    int field(int index, String name) {
        int at = place(index, name);
        return at == NONE ? NONE : ids.get(dump.id(at));
    }

    /// A field of type long.
    long number(int index, String name) {
        int at = place(index, name);
        return at == NONE ? 0 : dump.id(at);
    }

    private int place(int index, String name) {
        int at = places[index];
        for (HeapClass next = typeOf(index); next != null; next = classes.get(next.superclass)) {
            for (HeapClass.Field field : next.fields) {
                if (field.name().equals(name)) {
                    return at + field.at();
                }
            }
            at += next.bytes;
        }
        return NONE;
    }

    /// The text of a string that is not long; empty for anything else.
    String text(int string) {
        int value = string == NONE ? NONE : field(string, "value");
        if (value == NONE || lengths[value] >= 0) {
            return "";
        }
        byte[] bytes = dump.bytes(places[value], -lengths[value] - 1);
        int coder = place(string, "coder");
        boolean isLatin = coder == NONE || dump.bytes(coder, 1)[0] == 0;
        return new String(bytes, isLatin ? StandardCharsets.ISO_8859_1 : WIDE);
    }

    /// The only object of that class for which this number is that; [#NONE] if there is none.
    int find(String type, String field, long number) {
        for (int i = 0; i < count; i++) {
            HeapClass is = typeOf(i);
            if (is != null && is.name.equals(type) && number(i, field) == number) {
                return i;
            }
        }
        return NONE;
    }
}
