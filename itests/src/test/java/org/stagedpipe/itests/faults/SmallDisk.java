package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.cluster.Command;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A small file system in memory in the place of a folder, which can be filled to the last byte. Its content comes from
/// the folder and goes back there when this is closed; nobody may use it at these two moments.
final class SmallDisk implements AutoCloseable {

    private final Path folder;
    private final Path aside;

    private SmallDisk(Path folder, Path aside) {
        this.folder = folder;
        this.aside = aside;
    }

    /// @param freeMb what it has room for beside what is there
    /// @throws Row.NotPermitted if this process may not mount
    static SmallDisk over(Path folder, int freeMb) throws Exception {
        Path aside = folder.resolveSibling(folder.getFileName() + "-aside");
        run("cp", "-a", folder.toString(), aside.toString());
        long usedMb = size(folder) / 1_000_000;
        Command mount =
                command(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "size=" + (usedMb + freeMb) + "m",
                        "tmpfs",
                        folder.toString());
        if (mount.status() != 0) {
            run("rm", "-r", aside.toString());
            throw new Row.NotPermitted("mount of a tmpfs: " + mount.output().strip());
        }
        try {
            run("cp", "-a", aside + "/.", folder.toString());
        } catch (IOException | InterruptedException e) {
            run("umount", folder.toString());
            throw e;
        }
        return new SmallDisk(folder, aside);
    }

    /// Not one more byte.
    void fill() throws IOException {
        byte[] zeros = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (true) {
                out.write(zeros);
            }
        } catch (IOException e) {
            long left = Files.getFileStore(folder).getUsableSpace();
            if (left >= zeros.length) {
                throw new IOException(left + " bytes are left in " + folder, e);
            }
        }
    }

    /// There is room again.
    void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    @Override
    public void close() throws IOException {
        try {
            try {
                free();
                run("rm", "-r", aside.toString());
                run("cp", "-a", folder.toString(), aside.toString());
            } finally {
                run("umount", folder.toString());
            }
            run("cp", "-a", aside + "/.", folder.toString());
            run("rm", "-r", aside.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path filler() {
        return folder.resolve("filler");
    }

    private static long size(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void run(String... words) throws IOException, InterruptedException {
        Command command = command(words);
        if (command.status() != 0) {
            throw new IOException(String.join(" ", words) + ": " + command.output());
        }
    }

    private static Command command(String... words) throws IOException, InterruptedException {
        return Command.run(Path.of(".").toAbsolutePath(), Map.of(), List.of(words));
    }
}
