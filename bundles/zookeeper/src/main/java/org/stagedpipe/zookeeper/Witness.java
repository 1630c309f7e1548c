package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.X509TrustManager;

/// Remembers whether a server has shown a certificate, which only one that speaks TLS does. The names in it are checked by
/// whoever asks this. For one call on one thread.
final class Witness implements X509TrustManager {

    private final @Nullable X509TrustManager trusted;
    private boolean seen;

    /// @param trusted decides over the certificate; null: none is taken
    Witness(@Nullable X509TrustManager trusted) {
        this.trusted = trusted;
    }

    boolean hasSeen() {
        return seen;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        seen = true;
        if (trusted == null) {
            throw new CertificateException("a certificate (expected: plain text)");
        }
        trusted.checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("a client (expected: a server)");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
