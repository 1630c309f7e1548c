package org.stagedpipe.zookeeper;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Supplier;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// TLS among the servers: each proves that it is an overseer, not only that it has a certificate of the cluster, which
/// workers have too. ZooKeeper makes one by its name, and asks it whenever it opens a port or calls another server.
public final class QuorumContext implements Supplier<SSLContext> {

    private static final String PREFIX = "zookeeper.ssl.quorum.";

    /// With the key stores that the server's configuration names.
    public QuorumContext() {}

    @Override
    public SSLContext get() {
        try {
            KeyStore own = store(PREFIX, "keyStore");
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, password(PREFIX, "keyStore"));
            Certificate[] chain = chain(own);
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store(PREFIX, "trustStore"));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys.getKeyManagers(),
                    Arrays.stream(trust.getTrustManagers())
                            .filter(X509ExtendedTrustManager.class::isInstance)
                            .map(manager ->
                                    new Overseers(chain, (X509ExtendedTrustManager) manager))
                            .toArray(TrustManager[]::new),
                    null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("TLS of the quorum: " + e.getMessage(), e);
        }
    }

    /// One that the server's configuration names.
    ///
    /// @param prefix of its properties
    static KeyStore store(String prefix, String which)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(property(prefix + which + ".type"));
        Path file = Path.of(property(prefix + which + ".location"));
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password(prefix, which));
        }
        return store;
    }

    /// The node's certificate, and what signed it.
    static Certificate[] chain(KeyStore own) throws KeyStoreException {
        return own.getCertificateChain(own.aliases().nextElement()); // it has one
    }

    private static char[] password(String prefix, String which) {
        return property(prefix + which + ".password").toCharArray();
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set (expected: a value)");
        }
        return value;
    }

    /// Trusts overseers of this node's cluster alone, whichever side calls. The certificate's chain is checked first, as ever.
    private static final class Overseers extends X509ExtendedTrustManager {

        private final Certificate[] own;
        private final X509ExtendedTrustManager chains;

        Overseers(Certificate[] own, X509ExtendedTrustManager chains) {
            this.own = own;
            this.chains = chains;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            if (!OverseersOnly.isOverseer(own, chain)) {
                throw new CertificateException(
                        "no overseer of this cluster (expected: spiffe://…/overseer/…)");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            chains.checkClientTrusted(chain, type, socket);
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            chains.checkServerTrusted(chain, type, socket);
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            chains.checkClientTrusted(chain, type, engine);
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            chains.checkServerTrusted(chain, type, engine);
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            chains.checkClientTrusted(chain, type);
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            chains.checkServerTrusted(chain, type);
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return chains.getAcceptedIssuers();
        }
    }
}
