package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.FileReason;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.nio.file.Path;

/// Where an overseer keeps bundles, for what people are told of it.
///
/// @param overseer its name
record Disk(String overseer, Path folder) {

    private static final Logger LOG = LoggerFactory.getLogger(Disk.class);

    /// 0 if it does not say.
    long freeBytes() {
        return folder.toFile().getUsableSpace();
    }

    /// INTERNAL, and a warning in the log: the operator's program may be far from this machine.
    ///
    /// @param what was to be kept
    /// @param bytes that it takes; 0 if that is not known
    CallException failed(String what, long bytes, IOException e) {
        String text =
                "%s: the disk of overseer %s, folder %s: %s, %d bytes are free%s"
                        .formatted(
                                what,
                                overseer,
                                folder,
                                FileReason.of(e),
                                freeBytes(),
                                bytes == 0 ? "" : " (expected: " + bytes + ")");
        LOG.warn("{}", text);
        return new CallException(Kind.INTERNAL, text, e);
    }
}
