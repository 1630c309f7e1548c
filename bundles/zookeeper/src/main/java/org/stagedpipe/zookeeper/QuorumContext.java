package org.stagedpipe.zookeeper;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
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
            char[] password = property("keyStore.password").toCharArray();
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store("keyStore", password), password);
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store("trustStore", property("trustStore.password").toCharArray()));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys.getKeyManagers(),
                    Arrays.stream(trust.getTrustManagers())
                            .filter(X509ExtendedTrustManager.class::isInstance)
                            .map(manager -> new Overseers((X509ExtendedTrustManager) manager))
                            .toArray(TrustManager[]::new),
                    null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("TLS of the quorum: " + e.getMessage(), e);
        }
    }

    private static KeyStore store(String which, char[] password)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(property(which + ".type"));
        try (InputStream in = Files.newInputStream(Path.of(property(which + ".location")))) {
            store.load(in, password);
        }
        return store;
    }

    private static String property(String name) {
        String value = System.getProperty(PREFIX + name);
        if (value == null) {
            throw new IllegalStateException(PREFIX + name + " is not set (expected: a value)");
        }
        return value;
    }

    /// Trusts overseers alone, whichever side calls. The certificate's chain is checked first, as ever.
    private static final class Overseers extends X509ExtendedTrustManager {

        private final X509ExtendedTrustManager chains;

        Overseers(X509ExtendedTrustManager chains) {
            this.chains = chains;
        }

        private static void check(X509Certificate[] chain) throws CertificateException {
            if (!OverseersOnly.isOverseer(chain)) {
                throw new CertificateException("no overseer (expected: spiffe://…/overseer/…)");
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
