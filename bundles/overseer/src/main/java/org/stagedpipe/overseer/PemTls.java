package org.stagedpipe.overseer;

import org.stagedpipe.cluster.ensemble.PemStores;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.security.GeneralSecurityException;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// The node's PEM files as the JDK's HTTP server wants them.
final class PemTls {

    private static final char[] IN_MEMORY = {};

    private PemTls() {}

    /// @throws IOException if they cannot be used; the text names the file
    static SSLContext context(Terms.PemFiles files) throws IOException {
        try {
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(PemStores.own(files, IN_MEMORY), IN_MEMORY);
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(PemStores.trusted(files));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS files cannot be used: " + e.getMessage(), e);
        }
    }
}
