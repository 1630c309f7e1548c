package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.time.Duration;

/// Where bundles come from.
public interface BundleSource {

    /// Takes a bundle's bytes, in order.
    interface Sink {

        /// How many bytes it has; the next one is at this offset.
        long offset();

        /// Takes the next bytes.
        ///
        /// @throws IOException if they cannot be kept
        void write(ByteString data) throws IOException;
    }

    /// Gives the bundle's bytes from the sink's offset on; waits for them.
    ///
    /// @param within how long
    /// @param attempt from 0 on: where there are several places, each attempt begins at the next one
    /// @throws CallException if not all of them came; what came is in the sink
    void fetch(PluginVersion version, Sink sink, Duration within, int attempt)
            throws CallException, IOException, InterruptedException;
}
