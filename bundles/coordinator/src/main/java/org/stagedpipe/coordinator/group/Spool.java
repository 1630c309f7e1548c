package org.stagedpipe.coordinator.group;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Where a node keeps the bytes of its big items and results: a file for each on the disk, so that they cost no memory.
/// Safe for use by many threads.
///
/// A file is deleted as soon as it is open: it lives as long as it is in use, and nothing is left after a crash. It is
/// written and read once, in order, and dropped; what is short-lived never leaves the system's file cache.
public final class Spool {

    private final Path folder;
    private final long fromBytes;
    private final NodeWindow window;

    /// @param folder made when it is needed
    /// @param fromBytes items of this size or larger are kept here
    /// @param limitBytes of all items together
    public Spool(Path folder, long fromBytes, long limitBytes) {
        this.folder = folder;
        this.fromBytes = fromBytes;
        this.window = new NodeWindow(limitBytes);
    }

    /// Whether what has that size is kept here.
    boolean takes(long bytes) {
        return bytes >= fromBytes;
    }

    /// The bytes of all items here.
    public NodeWindow window() {
        return window;
    }

    /// A new file, which is gone once it is closed.
    ///
    /// @throws IOException if there is no room for it
    FileChannel open() throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(
                folder.resolve(UUID.randomUUID() + ".item"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }
}
