package org.stagedpipe.zookeeper;

import org.stagedpipe.cluster.catalogue.StoreException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// Values as ZooKeeper keeps them: UTF-8, compressed with gzip.
final class Texts {

    /// ZooKeeper refuses 1 MiB, and its client then tries again for ever; some room is for the request around it.
    static final int MAX_BYTES = 900 << 10;

    private static final int MAX_TEXT_BYTES = 64 << 20;

    private Texts() {}

    /// @throws StoreException if it is too large
    static byte[] pack(String name, String text) throws StoreException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        if (packed.size() > MAX_BYTES) {
            throw new StoreException(
                    name
                            + ": "
                            + packed.size()
                            + " bytes compressed (expected: at most "
                            + MAX_BYTES
                            + ")");
        }
        return packed.toByteArray();
    }

    /// @throws StoreException if it is damaged
    static String unpack(String name, byte[] packed) throws StoreException {
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return new String(gzip.readNBytes(MAX_TEXT_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new StoreException(name + " is damaged: " + e.getMessage(), e);
        }
    }
}
