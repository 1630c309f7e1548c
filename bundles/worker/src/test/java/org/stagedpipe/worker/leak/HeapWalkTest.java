package org.stagedpipe.worker.leak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/// Class loaders held in every way, looked for in dumps of this very process.
class HeapWalkTest {

    static @Nullable Object kept;

    @TempDir Path folder;
    private final CountDownLatch end = new CountDownLatch(1);
    private @Nullable Thread thread;

    @AfterEach
    void letGo() throws Exception {
        kept = null;
        end.countDown();
        if (thread != null) {
            thread.join();
        }
    }

    @Test
    void staticOfAnotherClass() throws Exception {
        kept =
                java.util.List.of(
                        java.util.Map.of("k", new URLClassLoader("leak", new URL[0], null)));
        Holder holder = holder(suspectIn((java.util.List<?>) kept));
        assertEquals(Holder.Kind.STATIC, holder.kind());
        assertTrue(holder.text().startsWith("static kept of " + HeapWalkTest.class.getName()));
    }

    private static Suspect suspectIn(java.util.List<?> list) {
        return new Suspect(
                new WeakReference<>(
                        (ClassLoader) ((java.util.Map<?, ?>) list.getFirst()).get("k")));
    }

    @Test
    void contextOfAThread() throws Exception {
        Suspect suspect =
                inThread(
                        "forgotten",
                        loader -> Thread.currentThread().setContextClassLoader(loader));
        Holder holder = holder(suspect);
        assertEquals(Holder.Kind.THREAD, holder.kind());
        assertEquals("thread \"forgotten\" has it as its context class loader", holder.text());
    }

    @Test
    void contextOfAThreadWithAnyName() throws Exception {
        Suspect suspect =
                inThread(
                        "vergessen → 忘",
                        loader -> Thread.currentThread().setContextClassLoader(loader));
        assertEquals(
                "thread \"vergessen → 忘\" has it as its context class loader",
                holder(suspect).text());
    }

    @Test
    void ofAThreadsNameOnlyWhatMayBeShown() throws Exception {
        Suspect suspect =
                inThread(
                        "pool of hunter2",
                        loader -> Thread.currentThread().setContextClassLoader(loader));
        assertEquals(
                "thread \"pool of (secret)\" has it as its context class loader",
                holder(suspect).text());
    }

    private static String shown(String name) {
        return name.replace("hunter2", "(secret)");
    }

    @Test
    void whatALookTakesIs42To60BytesForEachObject() {
        assertEquals(60, Math.round(Heap.bytes(700_000) / 700_000.0));
        assertEquals(42, Math.round(Heap.bytes(1_390_000) / 1_390_000.0));
    }

    @Test
    void threadLocal() throws Exception {
        Suspect suspect = inThread("pooled", loader -> new ThreadLocal<ClassLoader>().set(loader));
        Holder holder = holder(suspect);
        assertEquals(Holder.Kind.THREAD_LOCAL, holder.kind());
        assertTrue(holder.text().contains("thread \"pooled\""), holder.text());
    }

    @Test
    void softReference() throws Exception {
        Holder holder = holder(make(loader -> kept = new SoftReference<>(loader)));
        assertEquals(
                "soft reference: static kept of "
                        + HeapWalkTest.class.getName()
                        + ", by way of java.lang.ref.SoftReference",
                holder.toString());
    }

    @Test
    void nothing() throws Exception {
        Suspect suspect =
                new Suspect(new WeakReference<>(new URLClassLoader("leak", new URL[0], null)));
        assertTrue(
                new HeapWalk(folder, HeapWalkTest::shown)
                        .holdersOf(java.util.List.of(suspect))
                        .isEmpty());
        assertTrue(suspect.isGone());
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void aLeftDumpThatCannotBeDeletedKeepsNoOther() throws Exception {
        Path stays = Files.createDirectories(folder.resolve("4.hprof/full")).getParent();
        for (int i = 0; i < 10; i++) {
            Path dump = folder.resolve(i + ".hprof");
            if (!dump.equals(stays)) {
                Files.createFile(dump);
            }
        }
        assertThrows(
                IOException.class, () -> new HeapWalk(folder, HeapWalkTest::shown).removeLeft());
        try (var files = Files.list(folder)) {
            assertEquals(java.util.List.of(stays), files.toList());
        }
    }

    private Holder holder(Suspect suspect) throws Exception {
        return java.util.Objects.requireNonNull(
                new HeapWalk(folder, HeapWalkTest::shown)
                        .holdersOf(java.util.List.of(suspect))
                        .get(suspect));
    }

    private interface Leak {
        void with(ClassLoader loader);
    }

    /// Has a thread that goes on take a new loader.
    private Suspect inThread(String name, Leak leak) throws Exception {
        Suspect[] made = new Suspect[1];
        CountDownLatch done = new CountDownLatch(1);
        thread =
                Thread.ofPlatform()
                        .name(name)
                        .start(() -> {
                            made[0] = make(leak);
                            done.countDown();
                            try {
                                end.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        done.await();
        return made[0];
    }

    private static Suspect make(Leak leak) {
        ClassLoader loader = new URLClassLoader("leak", new URL[0], null);
        leak.with(loader);
        return new Suspect(new WeakReference<>(loader));
    }
}
