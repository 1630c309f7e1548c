package org.stagedpipe.transport.node;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.transport.CallException;

import java.io.IOException;
import java.util.function.BiConsumer;

/// Where a node's components tell its launcher how they fare. Safe for use by many threads.
///
/// @param launcher told what happened and a line of text; null without one
public record Startup(@Nullable BiConsumer<String, String> launcher) {

    private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

    /// It serves.
    ///
    /// @param version of its software
    public void ready(String text, String version) {
        LOG.info(
                "{}; version {}, Java {}, pid {}",
                text,
                version,
                Runtime.version(),
                ProcessHandle.current().pid());
        tell("ready", text);
    }

    /// It cannot go on, and is to be started again.
    public void recycle(String why) {
        tell("recycle", why);
    }

    /// It did not start. The launcher prints one line: what no text was written for is logged with its stack.
    public void failed(Throwable failure) {
        if (!(failure instanceof CallException
                || failure instanceof SettingsException
                || failure instanceof IOException)) {
            LOG.error("this node does not start", failure);
        }
        String message = failure.getMessage();
        tell("failed", message == null || failure instanceof Error ? failure.toString() : message);
    }

    private void tell(String what, String text) {
        if (launcher != null) {
            launcher.accept(what, text);
        }
    }
}
