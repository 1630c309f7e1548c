package org.stagedpipe.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/// Writes files that are found as they were before or as they were written last, whenever the process or the machine ends.
public final class WholeFile {

    private WholeFile() {}

    /// Returns once the text is on the disk. Makes the folder if it is not there; uses `<file>.new` beside the file.
    public static void write(Path file, String text) throws IOException {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "no file");
        Files.createDirectories(folder);
        Path written = folder.resolve(file.getFileName() + ".new");
        try (FileChannel out =
                FileChannel.open(
                        written,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer left = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (left.hasRemaining()) {
                out.write(left);
            }
            out.force(true); // or the new name may reach the disk without what is in it
        }
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        force(folder);
    }

    /// Returns once the file is gone from the disk; it need not be there.
    public static void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            force(Objects.requireNonNull(file.toAbsolutePath().getParent(), "no file"));
        }
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel names = FileChannel.open(folder)) {
            names.force(true);
        }
    }
}
