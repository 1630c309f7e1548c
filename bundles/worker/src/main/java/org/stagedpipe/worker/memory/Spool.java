package org.stagedpipe.worker.memory;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// The disk of a worker for results that their coordinators do not read while memory is short: how much of it is in use, and a
/// file for each part that needs one. Safe for use by many threads.
///
/// A file is deleted as soon as it is open, so nothing is left after a crash.
public final class Spool {

    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

    private final Path folder;
    private final long limitBytes;
    private long used; // guarded by this
    private volatile boolean isFailing;

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
    }

    /// What is in use.
    public synchronized long used() {
        return used;
    }

    /// Something was written.
    public void works() {
        isFailing = false;
    }

    /// Something could not be written, and waits in memory: said once until it works again.
    public void fails(IOException why) {
        if (!isFailing) {
            isFailing = true;
            LOG.warn("{}: results that are not read cannot be written: {}", folder, why.toString());
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
