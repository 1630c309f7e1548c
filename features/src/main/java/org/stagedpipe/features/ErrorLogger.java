package org.stagedpipe.features;

import org.apache.felix.framework.Logger;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/// What the framework itself has to say: its errors, on stderr, because stdout belongs to the node's one line.
final class ErrorLogger extends Logger {

    ErrorLogger() {
        setLogLevel(LOG_ERROR);
    }

    @Override
    protected void doLog(
            @Nullable Bundle bundle,
            @Nullable ServiceReference reference,
            int level,
            String text,
            @Nullable Throwable thrown) {
        System.err.println(
                "container: "
                        + (bundle == null ? "" : bundle.getSymbolicName() + ": ")
                        + text
                        + (thrown == null ? "" : ": " + thrown));
    }
}
