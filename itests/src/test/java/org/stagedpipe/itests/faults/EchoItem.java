package org.stagedpipe.itests.faults;

import org.stagedpipe.itests.cluster.PluginBundle;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Items of the plugin in `resources/plugins/Echo.java`, and what it answers.
final class EchoItem {

    static final String PLUGIN = "echo";

    private static final int DIGEST = 32;

    /// What no stage should do, in the order in which the plugin knows it.
    enum Misdeed {
        /// `Runtime.halt`.
        HALT,
        /// `System.exit`.
        EXIT,
        /// All memory that there is.
        ALLOCATE,
        /// For ever, and interrupts do not matter.
        LOOP,
        /// Throws an exception.
        THROW,
        /// Calls itself until the stack ends.
        RECURSE
    }

    private EchoItem() {}

    /// An answer.
    ///
    /// @param version of the plugin that made it
    /// @param key `group/sequence`, the same in each attempt
    /// @param attempt from 1
    /// @param startedMs when the stage began, since 1970
    /// @param digest of the item as it came to the plugin
    /// @param item as it came back
    record Answer(
            String version, String key, int attempt, long startedMs, byte[] digest, byte[] item) {

        /// @throws IOException if the bytes are no answer
        static Answer read(byte[] bytes) throws IOException {
            try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
                return new Answer(
                        in.readUTF(),
                        in.readUTF(),
                        in.readInt(),
                        in.readLong(),
                        in.readNBytes(DIGEST),
                        in.readAllBytes());
            }
        }
    }

    /// The plugin's bundle.
    static Path bundle(Path folder, String version) throws Exception {
        return bundle(folder, version, "", Map.of());
    }

    /// The same with more in it.
    ///
    /// @param start what the plugin does as it is activated: statements of Java
    /// @param headers of its manifest
    static Path bundle(Path folder, String version, String start, Map<String, String> headers)
            throws Exception {
        String source =
                PluginBundle.source("/plugins/Echo.java")
                        .replace("@VERSION@", version)
                        .replace("// @START@", start);
        return PluginBundle.build(
                folder, PLUGIN, version, Map.of("org/example/echo/Echo.java", source), headers);
    }

    /// An item of random bytes.
    ///
    /// @param size at least 4
    /// @param workMs how long the plugin works on it
    static byte[] of(RandomGenerator random, int size, int workMs) {
        byte[] item = new byte[size];
        random.nextBytes(item);
        ByteBuffer.wrap(item).putInt(workMs);
        return item;
    }

    /// An item whose stage does that.
    static byte[] of(RandomGenerator random, int size, Misdeed misdeed) {
        return of(random, size, -1 - misdeed.ordinal());
    }

    /// The item with that sequence, the same each time.
    static byte[] of(long seed, long sequence, int size, int workMs) {
        return of(new SplittableRandom(seed ^ sequence * 0x9e3779b97f4a7c15L), size, workMs);
    }

    /// How long the plugin works on that item, at least.
    static int workMs(byte[] item) {
        return ByteBuffer.wrap(item).getInt();
    }

    static byte[] digest(byte[] item) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(item);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
