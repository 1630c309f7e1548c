package org.stagedpipe.runtime.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that is begun anew when it is full; the one before it is kept as `<name>.1`. Safe for use by many threads.
final class BoundedFile extends OutputStream {

    private final Path file;
    private final long maxBytes;
    private OutputStream out;
    private long written;

    /// Goes on where the file ends.
    BoundedFile(Path file, long maxBytes) throws IOException {
        this.file = file;
        this.maxBytes = maxBytes;
        this.written = Files.exists(file) ? Files.size(file) : 0;
        this.out = open(file);
    }

    @Override
    public synchronized void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        if (written > 0 && written + length > maxBytes) {
            beginAnew();
        }
        out.write(bytes, offset, length);
        written += length;
    }

    private void beginAnew() throws IOException {
        try {
            Files.move(
                    file,
                    file.resolveSibling(file.getFileName() + ".1"),
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) {
            // It was moved before, and the next one could not be opened.
        }
        OutputStream full = out;
        out = open(file);
        written = 0;
        full.close();
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    private static OutputStream open(Path file) throws IOException {
        return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
