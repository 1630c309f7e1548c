package org.stagedpipe.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// What a bundle's zip file may be, however it was made: no bomb, no names that leave their folder, no name twice, no
/// manifest that does not fit into memory. The overseer asks before it lets one in, a worker before it installs one.
///
/// It inflates every entry and counts, because the sizes that a zip file states are its author's. What it keeps is the
/// entries' names and one buffer; it stops at the first byte beyond a bound.
public final class ZipRules {

    /// Entries at most.
    public static final int MAX_ENTRIES = 10_000;

    private static final int MAX_NAME_CHARACTERS = 1_000;
    private static final long MAX_INFLATED_BYTES = 512L << 20;
    private static final int MAX_MANIFEST_BYTES = 1 << 20;
    private static final int MAX_RATIO = 100;

    /// A small jar of zeros is no bomb: below this the ratio does not matter.
    private static final long RATIO_FROM_BYTES = 1L << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final long size;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long compressed;
    private long inflated;

    private ZipRules(long size) {
        this.size = size;
    }

    /// @param size of the zip file, bytes
    /// @throws BrokenZipException naming the rule that it breaks
    /// @throws IOException if it cannot be read, or is no zip file inside
    public static void check(ZipFile zip, long size) throws IOException {
        if (zip.size() > MAX_ENTRIES) {
            throw new BrokenZipException(
                    zip.size() + " entries", "at most " + MAX_ENTRIES + " entries");
        }
        new ZipRules(size).checkEntries(zip);
    }

    private void checkEntries(ZipFile zip) throws IOException {
        Set<String> names = new HashSet<>();
        Enumeration<? extends ZipEntry> entries = zip.entries();
        while (entries.hasMoreElements()) {
            ZipEntry entry = entries.nextElement();
            checkName(entry.getName());
            if (!names.add(entry.getName())) {
                throw new BrokenZipException(
                        "entry " + entry.getName() + " twice", "each entry once");
            }
            checkPlace(entry);
            inflate(zip, entry);
        }
    }

    private static void checkName(String name) throws BrokenZipException {
        if (name.length() > MAX_NAME_CHARACTERS) {
            throw new BrokenZipException(
                    "an entry's name of " + name.length() + " characters",
                    "at most " + MAX_NAME_CHARACTERS);
        }
        String path = name.replace('\\', '/');
        boolean leaves =
                path.startsWith("/")
                        || path.matches("[A-Za-z]:.*")
                        || List.of(path.split("/", -1)).contains("..");
        if (leaves || name.indexOf('\0') >= 0 || name.isEmpty()) {
            throw new BrokenZipException(
                    "entry \"" + name + "\"", "names below the jar's root, without \"..\"");
        }
    }

    /// Entries that share their bytes would be inflated as often, even those of which nothing comes out.
    private void checkPlace(ZipEntry entry) throws BrokenZipException {
        compressed += entry.getCompressedSize();
        if (compressed > size) {
            throw new BrokenZipException(
                    "entries of " + compressed + " bytes in a file of " + size,
                    "entries beside each other");
        }
    }

    private void inflate(ZipFile zip, ZipEntry entry) throws IOException {
        boolean isManifest = entry.getName().equalsIgnoreCase(JarFile.MANIFEST_NAME);
        long before = inflated;
        try (InputStream in = zip.getInputStream(entry)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                inflated += read;
                if (isManifest && inflated - before > MAX_MANIFEST_BYTES) {
                    throw new BrokenZipException(
                            "a manifest of more than " + MAX_MANIFEST_BYTES + " bytes",
                            "at most " + MAX_MANIFEST_BYTES + " bytes");
                }
                checkSize();
            }
        }
    }

    private void checkSize() throws BrokenZipException {
        if (inflated > MAX_INFLATED_BYTES) {
            throw new BrokenZipException(
                    "more than " + (MAX_INFLATED_BYTES >> 20) + " MiB inflated",
                    "at most " + (MAX_INFLATED_BYTES >> 20) + " MiB");
        }
        if (inflated > RATIO_FROM_BYTES && inflated / MAX_RATIO > size) {
            throw new BrokenZipException(
                    "inflates from " + size + " to more than " + inflated + " bytes",
                    "at most " + MAX_RATIO + " times its size");
        }
    }
}
