package org.stagedpipe.worker.memory;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/// The disk of a worker for results that their coordinators do not read while memory is short: how much of it is in use, and a
/// file for each part that needs one. Safe for use by many threads.
///
/// A file is deleted as soon as it is open, so nothing is left after a crash.
public class Spool {

    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

    private final Path folder;
    private final long limitBytes;
    private long used; // guarded by this
    // What is wrong is said once until it is over.
    private final AtomicBoolean isFull = new AtomicBoolean();
    private final AtomicBoolean cannotWrite = new AtomicBoolean();
    private final AtomicBoolean cannotRead = new AtomicBoolean();

    /// @param folder made when it is needed
    /// @param limitBytes of all parts; 0: nothing is kept there
    public Spool(Path folder, long limitBytes) {
        this.folder = folder;
        this.limitBytes = limitBytes;
    }

    /// Takes so many bytes, unless there are not as many.
    public synchronized boolean take(long bytes) {
        if (bytes > limitBytes - used) {
            return false;
        }
        used += bytes;
        return true;
    }

    /// Gives so many back.
    public synchronized void give(long bytes) {
        used -= bytes;
        if (used <= limitBytes / 2) { // at the limit itself there is room again and again
            isFull.set(false);
        }
    }

    /// What is in use.
    public synchronized long used() {
        return used;
    }

    /// Something found no room, and waits in memory: said once until half of it is free.
    public void refused() {
        if (limitBytes > 0 && !isFull.getAndSet(true)) {
            LOG.warn("{}: results that are not read find no room in {} bytes", folder, limitBytes);
        }
    }

    /// Something was written.
    public void wasWritten() {
        cannotWrite.set(false);
    }

    /// Something could not be written, and waits in memory: said once until something is written.
    public void failedToWrite(IOException why) {
        if (!cannotWrite.getAndSet(true)) {
            LOG.warn("{}: results that are not read cannot be written: {}", folder, why.toString());
        }
    }

    /// Something was read.
    public void wasRead() {
        cannotRead.set(false);
    }

    /// Something could not be read, and is lost: said once until something is read.
    public void failedToRead(IOException why) {
        if (!cannotRead.getAndSet(true)) {
            LOG.error("{}: results that were written cannot be read: {}", folder, why.toString());
        }
    }

    /// A new file, which is gone once it is closed.
    ///
    /// @throws IOException if there is no room for it
    public FileChannel open() throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(
                folder.resolve(UUID.randomUUID() + ".results"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }
}
