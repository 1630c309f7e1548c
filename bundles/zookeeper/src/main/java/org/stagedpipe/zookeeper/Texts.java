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

    private static final int MAX_TEXT_BYTES = 64 << 20;

    private Texts() {}

    static byte[] pack(String text) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        return packed.toByteArray();
    }

    /// @throws StoreException if it is damaged
    static String unpack(String name, byte[] packed) throws StoreException {
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return new String(gzip.readNBytes(MAX_TEXT_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw StoreException.ofValue(name + " is damaged: " + e.getMessage(), e);
        }
    }
}
