package org.stagedpipe.cluster.signature;

import org.stagedpipe.cluster.Pem;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;

/// An operator's private key ([RFC 8032](https://www.rfc-editor.org/rfc/rfc8032), Ed25519). No node holds one.
public final class SigningKey {

    /// Of a signature, bytes.
    public static final int SIGNATURE_BYTES = 64;

    static final String ALGORITHM = "Ed25519";

    private final PrivateKey key;

    private SigningKey(PrivateKey key) {
        this.key = key;
    }

    /// @param file PEM, PKCS 8, without a password
    /// @throws IOException if it cannot be read or is no such key; the text names it
    public static SigningKey read(Path file) throws IOException {
        byte[] encoded = Pem.read(file, "PRIVATE KEY");
        try {
            return new SigningKey(
                    KeyFactory.getInstance(ALGORITHM)
                            .generatePrivate(new PKCS8EncodedKeySpec(encoded)));
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": a key of another kind (expected: Ed25519)", e);
        }
    }

    /// @return [#SIGNATURE_BYTES] bytes
    public byte[] sign(Statement statement) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(statement.bytes());
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot sign with " + ALGORITHM, e);
        }
    }
}
