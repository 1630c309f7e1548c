package org.stagedpipe.cluster.signature;

import org.stagedpipe.cluster.Pem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The public keys of the operators whose bundles are let in: the files `*.pem` of a folder, by their names. The folder is
/// read each time, so that keys come and go while the process runs. Safe for use by many threads.
public final class TrustedKeys {

    private static final int MOST_KEYS = 64;
    private static final String ENDING = ".pem";

    private final Path folder;

    private TrustedKeys(Path folder) {
        this.folder = folder;
    }

    /// @throws IOException if it holds anything but 1 to 64 keys; the text says what
    public static TrustedKeys in(Path folder) throws IOException {
        TrustedKeys keys = new TrustedKeys(folder);
        keys.read();
        return keys;
    }

    /// Whose signature one of those is.
    ///
    /// @return the name of the key's file without its ending; empty if they are of none of them
    /// @throws IOException if the folder cannot be read any more
    public Optional<String> signer(Statement statement, List<byte[]> signatures)
            throws IOException {
        return read().entrySet().stream()
                .filter(key ->
                        signatures.stream().anyMatch(one -> isBy(key.getValue(), statement, one)))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static boolean isBy(PublicKey key, Statement statement, byte[] signature) {
        try {
            Signature check = Signature.getInstance(SigningKey.ALGORITHM);
            check.initVerify(key);
            check.update(statement.bytes());
            return check.verify(signature);
        } catch (SignatureException e) {
            return false; // it has no form of a signature
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot check " + SigningKey.ALGORITHM, e);
        }
    }

    private Map<String, PublicKey> read() throws IOException {
        Map<String, PublicKey> keys = new TreeMap<>();
        for (Path file : files()) {
            String name = String.valueOf(file.getFileName());
            keys.put(name.substring(0, name.length() - ENDING.length()), key(file));
        }
        if (keys.isEmpty() || keys.size() > MOST_KEYS) {
            throw new IOException(
                    folder + " has " + keys.size() + " keys (expected: 1 to " + MOST_KEYS + ")");
        }
        return keys;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ENDING)).toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new IOException(folder + ": there is no such folder", e);
        }
    }

    private static PublicKey key(Path file) throws IOException {
        byte[] encoded = Pem.read(file, "PUBLIC KEY");
        try {
            PublicKey key =
                    KeyFactory.getInstance(SigningKey.ALGORITHM)
                            .generatePublic(new X509EncodedKeySpec(encoded));
            Signature.getInstance(SigningKey.ALGORITHM).initVerify(key); // is it a point at all
            return key;
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": a key of another kind (expected: Ed25519)", e);
        }
    }

    /// The folder and the names of its keys, for a person.
    @Override
    public String toString() {
        try {
            return String.join(", ", read().keySet()) + " in " + folder;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
