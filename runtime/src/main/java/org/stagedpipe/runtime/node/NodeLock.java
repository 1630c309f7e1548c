package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// That a process uses a folder, as a node its data: a lock on `node.lock` there, until this is closed or the process ends.
public final class NodeLock implements AutoCloseable {

    private final FileChannel channel; // the lock lives as long as it is open

    private NodeLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Whether a process uses that folder.
    public static boolean isHeld(Path folder) throws IOException {
        if (!Files.exists(file(folder))) {
            return false;
        }
        try (NodeLock taken = take(folder)) {
            return taken == null;
        }
    }

    /// Takes the folder; null if a process uses it already, this one or another.
    public static @Nullable NodeLock take(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(file(folder), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return new NodeLock(channel);
            }
        } catch (OverlappingFileLockException e) {
            // held in this process: the same as held in another
        }
        channel.close();
        return null;
    }

    private static Path file(Path folder) {
        return folder.resolve("node.lock");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
