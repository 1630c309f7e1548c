package org.stagedpipe.runtime.cluster;

import java.io.IOException;

/// A local cluster that cannot be started or stopped; the text is one line and says which process and why.
public final class ClusterException extends IOException {

    private static final long serialVersionUID = 1L;

    /// With that text.
    public ClusterException(String text) {
        super(text);
    }
}
