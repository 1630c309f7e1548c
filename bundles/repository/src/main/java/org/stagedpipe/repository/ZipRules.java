package org.stagedpipe.repository;

import java.io.IOException;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// What a zip file may be, however it was made: no bomb, no names that leave their folder, no name twice.
///
/// It inflates every entry and counts, because the sizes that a zip file states are its author's.
final class ZipRules {

    static final int MAX_ENTRIES = 10_000;
    static final long MAX_INFLATED_BYTES = 512L << 20;
    static final int MAX_RATIO = 100;

    /// A small jar of zeros is no bomb: below this the ratio does not matter.
    static final long RATIO_FROM_BYTES = 1L << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final String file;
    private final long size;

    /// @param file as the operator named it
    /// @param size of the zip file, bytes
    ZipRules(String file, long size) {
        this.file = file;
        this.size = size;
    }

    void check(ZipFile zip) throws RefusedException, IOException {
        if (zip.size() > MAX_ENTRIES) {
            throw new RefusedException(
                    file, zip.size() + " entries", "at most " + MAX_ENTRIES + " entries");
        }
        Set<String> names = new HashSet<>();
        long inflated = 0;
        Enumeration<? extends ZipEntry> entries = zip.entries();
        while (entries.hasMoreElements()) {
            ZipEntry entry = entries.nextElement();
            checkName(entry.getName());
            if (!names.add(entry.getName())) {
                throw new RefusedException(
                        file, "entry " + entry.getName() + " twice", "each entry once");
            }
            inflated = inflate(zip, entry, inflated);
        }
    }

    private void checkName(String name) throws RefusedException {
        String path = name.replace('\\', '/');
        boolean leaves =
                path.startsWith("/")
                        || path.matches("[A-Za-z]:.*")
                        || List.of(path.split("/", -1)).contains("..");
        if (leaves || name.indexOf('\0') >= 0 || name.isEmpty()) {
            throw new RefusedException(
                    file, "entry \"" + name + "\"", "names below the jar's root, without \"..\"");
        }
    }

    private long inflate(ZipFile zip, ZipEntry entry, long before)
            throws RefusedException, IOException {
        long inflated = before;
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = zip.getInputStream(entry)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                inflated += read;
                checkSize(inflated);
            }
        }
        return inflated;
    }

    private void checkSize(long inflated) throws RefusedException {
        if (inflated > MAX_INFLATED_BYTES) {
            throw new RefusedException(
                    file,
                    "more than " + (MAX_INFLATED_BYTES >> 20) + " MiB inflated",
                    "at most " + (MAX_INFLATED_BYTES >> 20) + " MiB");
        }
        if (inflated > RATIO_FROM_BYTES && inflated / MAX_RATIO > size) {
            throw new RefusedException(
                    file,
                    "inflates from " + size + " to more than " + inflated + " bytes",
                    "at most " + MAX_RATIO + " times its size");
        }
    }
}
