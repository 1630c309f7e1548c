package org.stagedpipe.runtime.node;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;

import org.stagedpipe.cluster.FileReason;
import org.stagedpipe.cluster.WholeFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The folder of one node, held for as long as this is open.
///
/// `format` says by which rules it is laid out, `node.lock` that a process uses it, `node.json` which one and where it
/// serves; `log` and `felix` are the container's.
final class DataDirectory implements AutoCloseable {

    private static final String FORMAT = "1";

    private final Path folder;
    private final NodeLock lock;

    private DataDirectory(Path folder, NodeLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /// Makes the folder if it does not exist, and takes it.
    ///
    /// @throws StartException if it is of another format, used by another node, or cannot be written
    static DataDirectory take(Path folder) throws StartException {
        try {
            Files.createDirectories(folder);
            checkFormat(folder);
            NodeLock lock = NodeLock.take(folder);
            if (lock == null) {
                throw new StartException("data directory " + folder + " is used by another node");
            }
            Files.deleteIfExists(folder.resolve("node.json"));
            return new DataDirectory(folder, lock);
        } catch (FileAlreadyExistsException e) {
            throw new StartException(
                    "data directory " + e.getFile() + ": is no folder (expected: one)");
        } catch (IOException e) {
            throw new StartException(
                    "data directory " + folder + " cannot be used: " + FileReason.of(e));
        }
    }

    Path log() {
        return folder.resolve("log");
    }

    Path container() {
        return folder.resolve("felix");
    }

    /// Tells other programs that the node serves, and where.
    ///
    /// @param addresses by what is served there
    void announce(String role, String name, Map<String, String> addresses) throws IOException {
        JsonObjectBuilder served = Json.createObjectBuilder();
        addresses.forEach(served::add);
        ProcessHandle process = ProcessHandle.current();
        String json =
                Json.createObjectBuilder()
                        .add("pid", process.pid())
                        .add("role", role)
                        .add("name", name)
                        .add("addresses", served)
                        .build()
                        .toString();
        WholeFile.write(folder.resolve("node.json"), json + "\n");
    }

    /// Gives the folder free.
    @Override
    public void close() {
        try {
            Files.deleteIfExists(folder.resolve("node.json"));
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void checkFormat(Path folder) throws IOException, StartException {
        Path file = folder.resolve("format");
        String format = Files.exists(file) ? Files.readString(file).strip() : "";
        if (format.isEmpty()) { // new, or it was on its way to the disk when the machine died
            WholeFile.write(file, FORMAT + "\n");
            return;
        }
        if (!format.equals(FORMAT)) {
            throw new StartException(
                    "data directory "
                            + folder
                            + ": format "
                            + (format.matches("[0-9]{1,9}")
                                    ? format + " is newer than this release"
                                    : "\"" + format + "\"")
                            + " (expected: "
                            + FORMAT
                            + ")");
        }
    }
}
