package org.stagedpipe.transport;

import java.util.Locale;
import java.util.Set;

import javax.net.ssl.SSLSession;

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

    /// As what the peer of that TLS session may call, by its certificate; nothing if that names no caller.
    public static Set<Caller> of(SSLSession session) {
        return Authorization.peer(session);
    }

    /// As it stands in a certificate.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
