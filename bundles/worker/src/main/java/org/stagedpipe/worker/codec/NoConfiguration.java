package org.stagedpipe.worker.codec;

import org.stagedpipe.worker.secret.GroupSecrets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// The configuration of a plugin that takes none.
final class NoConfiguration<T> implements ConfigurationReader<T> {

    private static final Set<String> NOTHING = Set.of("", "{}", "null");
    private static final int LOOK_AT = 64;

    @Override
    @SuppressWarnings("NullAway") // of Void there is no other value
    public T read(InputStream in, GroupSecrets secrets) throws IOException {
        String text = new String(in.readNBytes(LOOK_AT), StandardCharsets.UTF_8);
        if (!NOTHING.contains(text.strip())) {
            throw new IOException("this plugin takes no configuration (expected: none, or {})");
        }
        return null;
    }
}
