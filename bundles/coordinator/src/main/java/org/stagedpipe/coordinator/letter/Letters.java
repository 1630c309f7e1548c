package org.stagedpipe.coordinator.letter;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The dead letters of a node, a file for each group. Safe for use by many threads; its lock is held for its index only,
/// never while a file is written or read.
///
/// A letter is with the system when [Keeper#keep] returns: it survives the end of the process, not that of the machine. What
/// finds no room is dropped and counted; the oldest go when their time is over, and nothing else pushes them out.
public final class Letters {

    private static final Logger LOG = LoggerFactory.getLogger(Letters.class);
    private static final String SUFFIX = ".letters";

    /// What the smallest file takes on a disk, so that many of them are bounded too.
    private static final long BLOCK_BYTES = 4 << 10;

    /// As many as groups are open at once; then the oldest goes.
    static final int MAX_NOTES = 1_000;

    private final Path folder;
    private final LetterBounds bounds;
    private final Clock clock;
    private final LongSupplier nanos;
    private final long startedMs;
    private final long startedNanos;
    private final Map<ByteString, LetterFile> files = new LinkedHashMap<>();

    /// Of groups of which none was kept: nothing is on the disk, they only count.
    private final LinkedHashMap<ByteString, LetterFile> notes = new LinkedHashMap<>();

    private long used; // bytes; with a block for each file

    /// @param folder made when it is needed
    /// @param nanos monotonic
    public Letters(Path folder, LetterBounds bounds, Clock clock, LongSupplier nanos) {
        this.folder = folder;
        this.bounds = bounds;
        this.clock = clock;
        this.nanos = nanos;
        this.startedMs = clock.millis();
        this.startedNanos = nanos.getAsLong();
    }

    /// Reads what an earlier process has left. A file that is none of them stays where it is.
    public void open() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path path : found) {
                add(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("dead letters: {} cannot be read: {}", folder, e.toString());
        }
        expire();
    }

    private void add(Path path) {
        try {
            LetterFile file = LetterFile.open(path);
            synchronized (this) {
                if (files.putIfAbsent(file.id(), file) != null) {
                    throw new IOException("its group has another file");
                }
                used += BLOCK_BYTES + file.letterBytes();
            }
        } catch (IOException e) {
            LOG.warn("dead letters: {} is left alone: {}", path, e.toString());
        }
    }

    /// For the items of one group.
    ///
    /// @param plugin the version that runs it; asked when an item has failed
    public Keeper keeper(ByteString group, Supplier<PluginVersion> plugin, String client) {
        return new Keeper(this, group, plugin, client);
    }

    void keep(Keeper from, ItemFault fault, long key, LetterFile.Data data) {
        DeadLetter letter =
                DeadLetter.newBuilder()
                        .setFault(fault)
                        .setTimeMs(clock.millis())
                        .setSize(data.size())
                        .setKey(key)
                        .setPlugin(from.plugin())
                        .build();
        LetterFile file = reserve(from, LetterFile.bytes(letter));
        if (file == null) {
            return;
        }
        try {
            if (file.append(letter, data)) {
                return;
            }
            miss(from, "those of its group were removed meanwhile");
        } catch (IOException | UncheckedIOException e) {
            if (file.drop()) {
                LOG.warn(
                        "dead letters of group {}: one is dropped, perhaps others after it: it"
                                + " cannot be written: {}",
                        hex(from.group()),
                        e.toString());
            }
        }
        synchronized (this) {
            used -= LetterFile.bytes(letter);
        }
    }

    /// An item of the group has failed, and there is nothing to keep.
    void miss(Keeper from) {
        miss(from, "its bytes are not here");
    }

    private synchronized void miss(Keeper from, String why) {
        count(from, () -> why);
    }

    /// The group's file, with that much more room; null if there is none, then the item is dropped.
    private synchronized @Nullable LetterFile reserve(Keeper from, long bytes) {
        LetterFile file = files.get(from.group());
        long more = bytes + (file == null ? BLOCK_BYTES : 0);
        long kept = file == null ? 0 : file.kept();
        long keptBytes = file == null ? 0 : file.letterBytes();
        boolean fits =
                kept < bounds.groupItems()
                        && keptBytes + bytes <= bounds.groupBytes()
                        && used + more <= bounds.bytes();
        if (!fits) {
            long all = used;
            count(
                    from,
                    () ->
                            "it takes %d bytes, its group has %d items and %d bytes, all have %d bytes (expected: at most %s)"
                                    .formatted(bytes, kept, keptBytes, all, bounds));
            return null;
        }
        used += more;
        if (file == null) {
            LetterFile noted = notes.remove(from.group());
            file = noted == null ? create(from) : noted;
            makeFolder(folder);
            files.put(from.group(), file);
        }
        return file;
    }

    /// One is dropped; the log says it of the group's first one.
    private void count(Keeper from, Supplier<String> why) {
        LetterFile file = files.get(from.group());
        if (file == null) {
            file = notes.computeIfAbsent(from.group(), group -> create(from));
            if (notes.size() > MAX_NOTES) {
                notes.pollFirstEntry();
            }
        }
        if (file.drop()) {
            LOG.warn(
                    "dead letters of group {}: one is dropped, perhaps others after it: {}",
                    hex(from.group()),
                    why.get());
        }
    }

    private LetterFile create(Keeper from) {
        // Nothing of the name comes from outside.
        return new LetterFile(
                folder.resolve(UUID.randomUUID() + SUFFIX),
                DeadLetterGroup.newBuilder()
                        .setGroup(from.group())
                        .setPlugin(from.plugin())
                        .setClient(from.client())
                        .setFirstMs(clock.millis())
                        .build());
    }

    /// For this node's user only.
    static void makeFolder(Path folder) {
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            LOG.warn(
                    "dead letters: {} cannot be made: {}",
                    folder,
                    e.toString()); // the write says it again
        }
    }

    /// The groups whose items failed, in the order in which the first one of each did: those of which some are kept, then those of
    /// which none is.
    public List<DeadLetterGroup> list() {
        return all().stream().map(LetterFile::show).toList();
    }

    /// What there is of a group; null if nothing.
    synchronized @Nullable DeadLetterGroup show(ByteString group) {
        LetterFile file = files.getOrDefault(group, notes.get(group));
        return file == null ? null : file.show();
    }

    /// Reads those of a group; nothing happens if there are none.
    ///
    /// @throws IOException if they cannot be read
    void read(ByteString group, boolean withoutData, LetterFile.Reader reader)
            throws IOException, CallException, InterruptedException {
        LetterFile file;
        synchronized (this) {
            file = files.get(group);
        }
        if (file != null) {
            file.read(withoutData, reader);
        }
    }

    /// Removes those of a group; whether there were some.
    ///
    /// @throws IOException if they are still on the disk, and here
    boolean drop(ByteString group) throws IOException {
        LetterFile file;
        synchronized (this) {
            if (notes.remove(group) != null) {
                return true;
            }
            file = files.get(group);
        }
        if (file == null) {
            return false;
        }
        long freed = BLOCK_BYTES + file.delete();
        synchronized (this) {
            boolean isFirst = files.remove(group, file);
            used -= isFirst ? freed : 0;
            return isFirst;
        }
    }

    /// Removes those whose time to live is over. A clock that jumps ahead lets none of it pass.
    public void expire() {
        Duration passed = Duration.ofNanos(nanos.getAsLong() - startedNanos);
        long now = Math.min(clock.millis(), startedMs + passed.toMillis());
        long before = now - bounds.ttl().toMillis();
        for (LetterFile file : all()) {
            if (file.lastMs() < before) {
                try {
                    drop(file.id());
                    LOG.info("dead letters of group {} have expired", hex(file.id()));
                } catch (IOException e) {
                    if (file.stay()) { // it is tried again each minute
                        LOG.warn(
                                "dead letters of group {} cannot be removed: {}",
                                hex(file.id()),
                                e.toString());
                    }
                }
            }
        }
    }

    private synchronized List<LetterFile> all() {
        List<LetterFile> all = new ArrayList<>(files.values());
        all.addAll(notes.values());
        return all;
    }

    private static String hex(ByteString group) {
        return HexFormat.of().formatHex(group.toByteArray());
    }
}
