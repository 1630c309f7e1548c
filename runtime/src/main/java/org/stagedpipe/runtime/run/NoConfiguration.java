package org.stagedpipe.runtime.run;

import org.stagedpipe.api.Codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// The configuration of a plugin that takes none, as on a worker.
final class NoConfiguration<T> implements Codec<T> {

    private static final Set<String> NOTHING = Set.of("", "{}", "null");
    private static final int LOOK_AT = 64;

    @Override
    @SuppressWarnings("NullAway") // of Void there is no other value
    public T decode(InputStream in) throws IOException {
        String text = new String(in.readNBytes(LOOK_AT), StandardCharsets.UTF_8);
        if (!NOTHING.contains(text.strip())) {
            throw new IOException("this plugin takes no configuration (expected: none, or {})");
        }
        return null;
    }

    @Override
    public void encode(T value, OutputStream out) {
        throw new UnsupportedOperationException("a configuration is only read");
    }
}
