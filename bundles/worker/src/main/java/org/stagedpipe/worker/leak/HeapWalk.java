package org.stagedpipe.worker.leak;

import com.sun.management.HotSpotDiagnosticMXBean;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// Looks for what holds a class loader: writes the live heap to a file and takes the shortest way from the heap's roots to the
/// loader. It stops the process for as long as the dump takes, a fraction of a second for a heap of 100 MiB, and so is for a
/// loader only that was not collected in time. For one thread at a time.
public final class HeapWalk {

    private static final Duration AGAIN = Duration.ofHours(1);
    private static final int UNSEEN = -2;
    private static final int ROOT = -3; // minus the root's number

    private final Path folder;
    private final UnaryOperator<String> nameShown;
    private boolean isTooLarge; // the last one
    private long tooLargeNanos;

    /// @param folder for the dumps, which are deleted at once
    /// @param nameShown what of a thread's name may be shown
    public HeapWalk(Path folder, UnaryOperator<String> nameShown) {
        this.folder = folder;
        this.nameShown = nameShown;
    }

    /// What holds each of them, in one dump; nothing for those that nothing holds any more.
    ///
    /// @param suspects one or more
    /// @throws IOException if there is no room on the disk or in memory for it
    public Map<Suspect, Holder> holdersOf(List<Suspect> suspects) throws IOException {
        refuseAfterOneThatWasTooLarge();
        refuseIfTooMuchLives();
        Files.createDirectories(folder);
        Path dump = folder.resolve("unload-" + suspects.getFirst().number() + ".hprof");
        try {
            Files.deleteIfExists(dump);
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpHeap(dump.toString(), true);
            refuseIfTooLarge(dump);
            return search(Heap.read(dump, free()), suspects);
        } finally {
            Files.deleteIfExists(dump);
        }
    }

    /// To write it stops all threads for long, and it can be read up to 2 GiB only.
    private void refuseIfTooLarge(Path dump) throws IOException {
        long size = Files.size(dump);
        if (size > Integer.MAX_VALUE) {
            tooLargeNanos = System.nanoTime();
            isTooLarge = true;
            throw new IOException("heap dump: " + size + " bytes (expected: less than 2 GiB)");
        }
    }

    /// By what the last collections left, some of it garbage perhaps.
    private static void refuseIfTooMuchLives() throws IOException {
        long bytes =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .map(MemoryPoolMXBean::getCollectionUsage)
                        .filter(Objects::nonNull)
                        .mapToLong(MemoryUsage::getUsed)
                        .sum();
        if (bytes > Integer.MAX_VALUE) {
            throw new IOException(
                    "the heap has " + bytes + " bytes (expected: less than 2 GiB for a dump)");
        }
    }

    private void refuseAfterOneThatWasTooLarge() throws IOException {
        if (isTooLarge && System.nanoTime() - tooLargeNanos < AGAIN.toNanos()) {
            throw new IOException(
                    "the last heap dump had more than 2 GiB (expected: none is tried again for "
                            + AGAIN.toMinutes()
                            + " minutes then)");
        }
    }

    /// Deletes the dumps of a process that was ended while it looked: they hold all that was in its memory, passwords too.
    public void removeLeft() throws IOException {
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> dumps = Files.newDirectoryStream(folder, "*.hprof")) {
                deleteAll(dumps);
            }
        }
    }

    private static void deleteAll(Iterable<Path> dumps) throws IOException {
        IOException failure = null;
        for (Path dump : dumps) {
            try {
                Files.deleteIfExists(dump);
            } catch (IOException e) {
                failure = e; // the others go
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /// Right after the dump's collection: later what items have left would count as in use, too.
    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }

    /// Once more for those that no strong way leads to: a soft reference may.
    private Map<Suspect, Holder> search(Heap heap, List<Suspect> suspects) {
        Map<Suspect, Holder> holders = reached(heap, suspects);
        List<Suspect> left =
                suspects.stream().filter(suspect -> !holders.containsKey(suspect)).toList();
        if (!left.isEmpty()) {
            heap.followSoftReferences();
            reached(heap, left).forEach((suspect, by) -> holders.put(suspect, by.softly()));
        }
        return holders;
    }

    private Map<Suspect, Holder> reached(Heap heap, List<Suspect> suspects) {
        int[] parents = parents(heap);
        Map<Suspect, Holder> holders = new HashMap<>();
        for (Suspect suspect : suspects) {
            int mark = heap.find(Suspect.class.getName(), "number", suspect.number());
            int reference = mark == Heap.NONE ? Heap.NONE : heap.field(mark, "loader");
            int target = reference == Heap.NONE ? Heap.NONE : heap.field(reference, "referent");
            if (target != Heap.NONE && parents[target] != UNSEEN) {
                holders.put(suspect, new Way(heap, parents, target).holder());
            }
        }
        return holders;
    }

    /// From where each object is reached first, going from the roots in width.
    private static int[] parents(Heap heap) {
        int[] parents = new int[heap.size()];
        Arrays.fill(parents, UNSEEN);
        int[] queue = new int[heap.size()]; // each object enters it once
        int[] last = {0};
        for (int root = 0; root < heap.roots(); root++) {
            int to = heap.rootTarget(root);
            if (to != Heap.NONE && parents[to] == UNSEEN) {
                parents[to] = ROOT - root;
                queue[last[0]++] = to;
            }
        }
        for (int next = 0; next < last[0]; next++) {
            int parent = queue[next];
            heap.edges(
                    parent,
                    (name, to) -> {
                        if (parents[to] == UNSEEN) {
                            parents[to] = parent;
                            queue[last[0]++] = to;
                        }
                    });
        }
        return parents;
    }

    /// The shortest way from a root to a loader.
    private final class Way {

        private static final int SHOWN = 8;

        private final Heap heap;
        private final List<Integer> objects = new ArrayList<>(); // from the root on
        private final int root;

        Way(Heap heap, int[] parents, int target) {
            this.heap = heap;
            int at = target;
            while (at >= 0) {
                objects.add(at);
                at = parents[at];
            }
            Collections.reverse(objects);
            root = ROOT - at;
        }

        /// The first that is known to hold things, from the loader back to the root.
        Holder holder() {
            for (int i = objects.size() - 2; i >= 0; i--) {
                Holder found = at(i);
                if (found != null) {
                    return found;
                }
            }
            int thread = heap.rootThread(root);
            if (Roots.isFrame(heap.rootKind(root)) && thread != Heap.NONE) {
                return new Holder(
                        Holder.Kind.THREAD, "thread " + name(thread) + " runs it" + via(0));
            }
            return new Holder(Holder.Kind.OTHER, "a root of kind " + heap.rootKind(root) + via(0));
        }

        private @Nullable Holder at(int i) {
            int from = objects.get(i);
            String edge = edge(from, objects.get(i + 1));
            String type = heap.nameOf(from);
            if (type.endsWith(".ServiceRegistrationImpl")) {
                return new Holder(Holder.Kind.SERVICE, "a registered service" + via(i + 1));
            }
            if (edge.startsWith("static ") && heap.asClass(from) != null) {
                return new Holder(
                        Holder.Kind.STATIC, edge + " of " + heap.nameOf(from) + via(i + 1));
            }
            if (!heap.isA(from, "java.lang.Thread")) {
                return null;
            }
            return switch (edge) {
                case "threadLocals", "inheritableThreadLocals" ->
                        new Holder(
                                Holder.Kind.THREAD_LOCAL,
                                "a ThreadLocal of thread " + name(from) + via(i + 1));
                case "contextClassLoader" ->
                        new Holder(
                                Holder.Kind.THREAD,
                                "thread " + name(from) + " has it as its context class loader");
                default -> new Holder(Holder.Kind.THREAD, "thread " + name(from) + via(i + 1));
            };
        }

        private String name(int thread) {
            String name = heap.text(heap.field(thread, "name"));
            return "\"" + nameShown.apply(name) + "\"";
        }

        private String edge(int from, int to) {
            String[] found = {""};
            heap.edges(
                    from,
                    (name, target) -> {
                        if (target == to && found[0].isEmpty()) {
                            found[0] = name;
                        }
                    });
            return found[0];
        }

        /// The classes of the objects from there to the loader, without what every collection has inside.
        private String via(int from) {
            List<String> names = new ArrayList<>();
            for (int object : objects.subList(from, objects.size() - 1)) {
                String name = heap.nameOf(object);
                boolean isInner = name.startsWith("java.util.") || name.equals("an array");
                if (!isInner && !names.contains(name) && names.size() < SHOWN) {
                    names.add(name);
                }
            }
            return names.isEmpty() ? "" : ", by way of " + String.join(", ", names);
        }
    }
}
