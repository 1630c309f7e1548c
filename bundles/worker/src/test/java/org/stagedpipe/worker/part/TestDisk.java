package org.stagedpipe.worker.part;

import org.stagedpipe.worker.memory.Spool;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A disk that hangs in what a test says, until it says otherwise, or has no memory for it, and of which it sees all files.
final class TestDisk extends Spool {

    final List<TestFile> files = new CopyOnWriteArrayList<>();

    // Guarded by this.
    private String hangsIn = "";
    private String hasNoMemoryFor = "";
    private int hanging;
    private int closed;

    TestDisk(Path folder, long limitBytes) {
        super(folder, limitBytes);
    }

    @Override
    public FileChannel open() throws IOException {
        await("open");
        TestFile file = new TestFile(super.open(), this);
        files.add(file);
        return file;
    }

    /// @param what open, read, write or close; nothing: it goes on
    synchronized void hangsIn(String what) {
        hangsIn = what;
        notifyAll();
    }

    /// @param what as above
    synchronized void hasNoMemoryFor(String what) {
        hasNoMemoryFor = what;
    }

    synchronized boolean isHanging() {
        return hanging > 0;
    }

    synchronized boolean isClosed() {
        return closed == files.size();
    }

    synchronized void closed() {
        closed++;
    }

    synchronized void await(String what) {
        if (hasNoMemoryFor.equals(what)) {
            throw new OutOfMemoryError("of a test: no direct memory to " + what);
        }
        hanging++;
        while (hangsIn.equals(what)) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        hanging--;
    }
}
