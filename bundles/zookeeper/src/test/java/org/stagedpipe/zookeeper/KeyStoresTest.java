package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.PemStores;
import org.stagedpipe.cluster.ensemble.Terms;

import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// What the server of an overseer speaks, on all its ports.
class KeyStoresTest {

    private static final int WITHIN_MS = 10_000;

    @TempDir Path folder;

    @Test
    void aServerSpeaksTls13AndNothingOlder() throws Exception {
        Terms.PemFiles tls = Certificates.in(folder.resolve("certificates")).overseer("o1");
        try (Overseer overseer = Overseer.tls("o1", folder.resolve("o1"), tls)) {
            Overseer.until("leads", overseer::leads);
            for (int port : ports(overseer)) {
                assertEquals("TLSv1.3", spoken(port, tls, "TLSv1.3"));
                assertThrows(SSLException.class, () -> spoken(port, tls, "TLSv1.2"));
            }
        }
    }

    /// The authority signs for both.
    @Test
    void anOverseerOfAnotherClusterIsLetInAtNoPort() throws Exception {
        Certificates certificates = Certificates.in(folder.resolve("certificates"));
        Terms.PemFiles other = certificates.overseer("other", "o2");
        try (Overseer overseer =
                Overseer.tls("o1", folder.resolve("o1"), certificates.overseer("o1"))) {
            Overseer.until("leads", overseer::leads);
            for (int port : ports(overseer)) {
                assertTrue(isDropped(port, other), "port " + port);
            }
        }
    }

    private static boolean isDropped(int port, Terms.PemFiles tls) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) context(tls).getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(WITHIN_MS);
            socket.startHandshake(); // over before the server has looked at the certificate
            return socket.getInputStream().read() < 0;
        } catch (SSLException | SocketException e) {
            return true;
        }
    }

    /// Of clients, and those of other servers.
    private List<Integer> ports(Overseer overseer) throws Exception {
        String address = overseer.ensemble.address();
        try (Stream<Path> files = Files.list(folder.resolve("o1"))) {
            Path list =
                    files.filter(file -> file.getFileName().toString().contains(".members"))
                            .max(Comparator.naturalOrder())
                            .orElseThrow();
            Member self = Member.parse(Files.readString(list)).getFirst();
            return List.of(
                    Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)),
                    self.quorumPort(),
                    self.electionPort());
        }
    }

    /// What is spoken with a caller that can do that.
    private static String spoken(int port, Terms.PemFiles tls, String protocol) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) context(tls).getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(WITHIN_MS);
            socket.setEnabledProtocols(new String[] {protocol});
            socket.startHandshake();
            return socket.getSession().getProtocol();
        }
    }

    private static SSLContext context(Terms.PemFiles tls) throws Exception {
        char[] password = {};
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(PemStores.own(tls, password), password);
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(PemStores.trusted(tls));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
