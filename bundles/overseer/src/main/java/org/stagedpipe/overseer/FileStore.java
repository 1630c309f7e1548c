package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// The store of one overseer: one JSON file, `catalogue.json`, replaced as a whole and forced to disk before a method
/// returns.
///
/// Each change reads the file again under a lock that other processes see, so an overseer that was frozen while another
/// took over cannot write. Each watcher owns a virtual thread that looks at the file every 100 ms.
final class FileStore implements Store {

    private static final String FILE = "catalogue.json";
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long LOCK_PAUSE_MS = 5;

    private final Path folder;
    private final StoredState.Format format = new StoredState.Format();
    private volatile long claimed = -1;
    private volatile boolean closed;

    private FileStore(Path folder) {
        this.folder = folder;
    }

    /// In that folder, which is made if need be.
    ///
    /// @throws StoreException if it cannot be used, or what is there is of a newer format or damaged
    static FileStore in(Path folder) throws StoreException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new StoreException("data folder " + folder + " cannot be made: " + e, e);
        }
        FileStore store = new FileStore(folder);
        store.read();
        return store;
    }

    @Override
    public long claim() throws StoreException {
        StoredState taken =
                change(state ->
                        new StoredState(state.epoch() + 1, state.catalogue(), state.workers()));
        claimed = taken.epoch();
        return taken.epoch();
    }

    @Override
    public Catalogue catalogue() throws StoreException {
        return read().catalogue();
    }

    @Override
    public boolean replace(Catalogue next) throws StoreException {
        StoredState after =
                change(
                        state -> {
                            boolean follows = state.catalogue().version() + 1 == next.version();
                            return follows
                                    ? new StoredState(state.epoch(), next, state.workers())
                                    : state;
                        },
                        true);
        return after.catalogue() == next;
    }

    @Override
    public Set<String> workers() throws StoreException {
        return read().workers();
    }

    @Override
    public void workers(Set<String> names) throws StoreException {
        change(state -> new StoredState(state.epoch(), state.catalogue(), names), true);
    }

    @Override
    public Watch watch(Consumer<Catalogue> watcher) {
        Thread thread = Thread.ofVirtual().name("store-watch").unstarted(() -> poll(watcher));
        thread.start();
        return thread::interrupt;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void poll(Consumer<Catalogue> watcher) {
        long seen = -1;
        try {
            while (!closed) {
                long version = seen;
                try {
                    Catalogue now = catalogue();
                    version = now.version();
                    if (seen >= 0 && version > seen) {
                        watcher.accept(now);
                    }
                } catch (StoreException e) {
                    version = seen; // whoever uses the store next gets the same error with a name
                }
                seen = version;
                Thread.sleep(POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private StoredState change(UnaryOperator<StoredState> change) throws StoreException {
        return change(change, false);
    }

    private synchronized StoredState change(UnaryOperator<StoredState> change, boolean fenced)
            throws StoreException {
        try (FileChannel file =
                        FileChannel.open(
                                folder.resolve("catalogue.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock lock = lock(file)) {
            StoredState before = read();
            if (fenced && before.epoch() != claimed) {
                throw new StoreException(
                        "epoch "
                                + claimed
                                + " was claimed here, "
                                + before.epoch()
                                + " since (expected: the same); another overseer leads");
            }
            StoredState after = change.apply(before);
            if (after != before && lock.isValid()) {
                write(after);
            }
            return after;
        } catch (IOException e) {
            throw new StoreException(folder.resolve(FILE) + " cannot be written: " + e, e);
        }
    }

    private static FileLock lock(FileChannel file) throws IOException, StoreException {
        long deadline = System.nanoTime() + LOCK_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                FileLock lock = file.tryLock();
                if (lock != null) {
                    return lock;
                }
                Thread.sleep(LOCK_PAUSE_MS);
            } catch (OverlappingFileLockException e) {
                Thread.onSpinWait(); // another store object of this process has it, for one write
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException("interrupted", e);
            }
        }
        throw new StoreException("the catalogue's lock is held by another process");
    }

    private StoredState read() throws StoreException {
        Path file = folder.resolve(FILE);
        try {
            return Files.exists(file)
                    ? format.read(Files.readAllBytes(file), file.toString())
                    : StoredState.EMPTY;
        } catch (IOException e) {
            throw new StoreException(file + " cannot be read: " + e, e);
        }
    }

    private void write(StoredState state) throws IOException {
        Path written = folder.resolve(FILE + ".new");
        try (FileChannel out =
                FileChannel.open(
                        written,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(format.write(state));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(written, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
