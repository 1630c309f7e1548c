package org.stagedpipe.console.shell;

import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Iterator;

/// A private key in the form of OpenSSH, with its public half beside it in a file of the same name and `.pub`.
///
/// @param file readable by its owner only
/// @param comment whose it is
record KeyFile(Path file, String comment) {

    private static final String CURVE = "secp256r1"; // every Java and every OpenSSH has it
    private static final String OWNER_ONLY = "rw-------";

    /// The key; makes one if there is no such file.
    ///
    /// @throws IOException if the file cannot be written, or is no private key; the text names it
    KeyPair read() throws IOException {
        try {
            if (!Files.exists(file)) {
                make();
            }
            Iterator<KeyPair> keys = new FileKeyPairProvider(file).loadKeys(null).iterator();
            if (!keys.hasNext()) {
                throw new IOException(file + ": no key (expected: a private key of OpenSSH)");
            }
            return keys.next();
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IOException(
                    file + ": " + e.getMessage() + " (expected: a private key of OpenSSH)", e);
        }
    }

    /// Where the public half is, in one line.
    Path publicFile() {
        return file.resolveSibling(file.getFileName() + ".pub");
    }

    private void make() throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(CURVE));
        KeyPair pair = generator.generateKeyPair();
        OpenSSHKeyPairResourceWriter writer = OpenSSHKeyPairResourceWriter.INSTANCE;
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        writer.writePublicKey(pair.getPublic(), comment, open);
        open.write('\n'); // somebody may append another one
        Files.write(publicFile(), open.toByteArray());
        ByteArrayOutputStream secret = new ByteArrayOutputStream();
        writer.writePrivateKey(pair, comment, null, secret);
        Path written = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(written);
        Files.createFile(
                written,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
        Files.write(written, secret.toByteArray());
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
