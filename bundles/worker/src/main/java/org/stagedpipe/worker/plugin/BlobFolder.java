package org.stagedpipe.worker.plugin;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The folder of what was fetched, kept below a size: what was not used for longest goes, whole or half there. What was used
/// lately stays in any case: somebody may be about to read it. Nothing is lost with a file but the time to fetch it again. Safe
/// for use by many threads.
final class BlobFolder {

    private static final Logger LOG = LoggerFactory.getLogger(BlobFolder.class);
    static final Duration LATELY = Duration.ofMinutes(10);

    private final Path folder;
    private final long maxBytes;
    private final Clock clock;

    private record Kept(Path file, long bytes, Instant used) {}

    BlobFolder(Path folder, long maxBytes, Clock clock) {
        this.folder = folder;
        this.maxBytes = maxBytes;
        this.clock = clock;
    }

    /// The file of that name, which need not exist; the folder does.
    Path file(String name) throws IOException {
        Files.createDirectories(folder);
        return folder.resolve(name);
    }

    /// That file is used now; if it is still there, no trim deletes it for a while.
    synchronized void used(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
    }

    /// Deletes what is too much; what cannot be deleted now is another time.
    void trim() {
        try (Stream<Path> files = Files.list(folder)) {
            trim(files.toList());
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("{}: what is too much in it cannot be deleted: {}", folder, e.toString());
        }
    }

    /// @param files of this folder, which may be gone: a half of one becomes whole meanwhile
    synchronized void trim(List<Path> files) throws IOException {
        List<Kept> all = kept(files);
        long bytes = all.stream().mapToLong(Kept::bytes).sum();
        Instant lately = clock.instant().minus(LATELY);
        for (Kept kept : all) {
            if (bytes <= maxBytes || kept.used.isAfter(lately)) {
                return;
            }
            if (delete(kept)) {
                bytes -= kept.bytes;
            }
        }
    }

    private static boolean delete(Kept kept) {
        try {
            Files.deleteIfExists(kept.file);
            LOG.info("{} is not kept any longer: {} bytes", kept.file.getFileName(), kept.bytes);
            return true;
        } catch (IOException e) {
            LOG.warn("{} is too much and cannot be deleted: {}", kept.file, e.toString());
            return false;
        }
    }

    private static List<Kept> kept(List<Path> files) throws IOException {
        List<Kept> all = new ArrayList<>();
        for (Path file : files) {
            try {
                BasicFileAttributes its = Files.readAttributes(file, BasicFileAttributes.class);
                if (its.isRegularFile()) {
                    all.add(new Kept(file, its.size(), its.lastModifiedTime().toInstant()));
                }
            } catch (NoSuchFileException e) {
                LOG.trace("{} has a new name", file);
            }
        }
        all.sort(Comparator.comparing(Kept::used));
        return all;
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
