package org.stagedpipe.worker.codec;

import org.stagedpipe.worker.secret.GroupSecrets;

import java.io.IOException;
import java.io.InputStream;

/// Turns a client's bytes into a group's configuration. Used by many threads at once.
///
/// @param <T> the type of the configuration
@FunctionalInterface
public interface ConfigurationReader<T> {

    /// Reads one from all of the stream.
    ///
    /// @param secrets gets those that are in it
    /// @throws IOException if the bytes are not one; the text is for the client
    T read(InputStream in, GroupSecrets secrets) throws IOException;
}
