package org.stagedpipe.cluster.ensemble;

import org.stagedpipe.cluster.Pem;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;

/// A node's PEM files as key stores in memory, for what knows no PEM files.
public final class PemStores {

    private PemStores() {}

    /// The node's key under that password, with its certificates.
    ///
    /// @throws IOException if a file cannot be read or is none of its kind; the text names it
    public static KeyStore own(Terms.PemFiles pem, char[] password)
            throws GeneralSecurityException, IOException {
        KeyStore own = empty();
        own.setKeyEntry(
                "node",
                key(pem.key()),
                password,
                certificates(pem.certificate()).toArray(Certificate[]::new));
        return own;
    }

    /// The authorities that the node trusts.
    public static KeyStore trusted(Terms.PemFiles pem)
            throws GeneralSecurityException, IOException {
        KeyStore theirs = empty();
        int number = 0;
        for (Certificate authority : certificates(pem.authorities())) {
            theirs.setCertificateEntry("authority-" + number++, authority);
        }
        return theirs;
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /// The certificates in a file, at least one.
    ///
    /// @throws IOException if the file cannot be read or holds none; the text names it
    public static List<X509Certificate> certificates(Path file)
            throws GeneralSecurityException, IOException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        byte[] text = Files.readAllBytes(file);
        try {
            List<X509Certificate> all =
                    factory.generateCertificates(new ByteArrayInputStream(text)).stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (!all.isEmpty()) {
                return all;
            }
        } catch (CertificateException e) {
            throw new IOException(file + ": " + e.getMessage() + " (expected: certificates)", e);
        }
        throw new IOException(file + ": no certificate (expected: at least one)");
    }

    /// The private key in a file.
    ///
    /// @throws IOException if the file cannot be read or holds anything else; the text names it
    public static PrivateKey key(Path file) throws GeneralSecurityException, IOException {
        byte[] encoded = Pem.read(file, "PRIVATE KEY");
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException e) {
                continue; // of another algorithm
            }
        }
        throw new IOException(file + ": no private key (expected: PKCS 8; EC, RSA or Ed25519)");
    }
}
