package org.stagedpipe.transport;

import java.util.Locale;

/// Who a peer is by its certificate: the second part of `spiffe://<cluster>/<caller>/<name>`.
public enum Caller {
    /// Opens request groups.
    CLIENT,
    /// Changes the catalogue.
    OPERATOR,
    /// A node.
    OVERSEER,
    /// A node.
    COORDINATOR,
    /// A node.
    WORKER;

    /// As it stands in a certificate.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
