package org.stagedpipe.console.remote;

import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.Optional;

/// The key that a console must have: so that nobody else gets what is typed. Keeps why it refused one.
final class HostKey implements ServerKeyVerifier {

    private final ServerKeyVerifier verifier;
    private final String expected;
    private volatile @Nullable String refusal;

    private HostKey(ServerKeyVerifier verifier, String expected) {
        this.verifier = verifier;
        this.expected = expected;
    }

    /// One with that fingerprint, `SHA256:...`.
    static HostKey of(String fingerprint) {
        return new HostKey(
                (session, address, key) -> KeyUtils.getFingerPrint(key).equals(fingerprint),
                fingerprint);
    }

    /// The one in that file, as the overseer wrote it.
    static HostKey in(Path file) throws IOException {
        try {
            PublicKey own = KeyUtils.loadPublicKey(file);
            return new HostKey(
                    (session, address, key) -> KeyUtils.compareKeys(own, key),
                    KeyUtils.getFingerPrint(own));
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": " + e.getMessage() + " (expected: a public key)", e);
        }
    }

    /// One that the user's `known_hosts` has for that address.
    static HostKey known(Endpoint ssh) {
        Path file = Path.of(System.getProperty("user.home"), ".ssh", "known_hosts");
        return new HostKey(
                new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, file),
                "that of "
                        + ssh
                        + " in "
                        + file
                        + ", or this one as --host-key if it is the right one");
    }

    @Override
    public boolean verifyServerKey(ClientSession session, SocketAddress address, PublicKey key) {
        if (verifier.verifyServerKey(session, address, key)) {
            return true;
        }
        refusal = "host key " + KeyUtils.getFingerPrint(key) + " (expected: " + expected + ")";
        return false;
    }

    /// Why it refused the console's key, empty if it did not.
    Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }
}
