package org.stagedpipe.itests.cluster;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.Security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// Calls a port of this machine as somebody, and sees whether it is thrown out. It trusts whoever answers.
final class PortProbe {

    private static final int HELD_MS = 300; // a server waits a second for a word
    private static final int REFUSED_WITHIN_MS = 30_000;
    private static final int TLS_ALERT = 21; // RFC 8446, 5.1
    private static final char[] PASSWORD = "not-secret".toCharArray();

    private PortProbe() {}

    static boolean isOpen(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /// Whether the connection is still there after a moment.
    static boolean holds(int port, Security.PemFiles files) throws Exception {
        return !isClosed(port, files, HELD_MS);
    }

    /// @param files null for no certificate
    static boolean refuses(int port, Security.@Nullable PemFiles files) throws Exception {
        return isClosed(port, files, REFUSED_WITHIN_MS);
    }

    /// Whether somebody who speaks in clear is thrown out without a word, or with TLS's.
    static boolean refusesPlain(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(REFUSED_WITHIN_MS);
            socket.getOutputStream().write(new byte[64]);
            int first = socket.getInputStream().read();
            return first < 0 || first == TLS_ALERT;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /// Whether somebody who speaks TLS 1.2 and nothing newer is thrown out.
    static boolean refusesOlderTls(int port, Security.PemFiles files) throws Exception {
        try (SSLSocket socket = socket(port, files)) {
            socket.setSoTimeout(REFUSED_WITHIN_MS);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            return false;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /// Whether a ZooKeeper server opens a session for somebody; one that is refused is closed without a word.
    static boolean opensSession(int port, Security.PemFiles files) throws Exception {
        try (SSLSocket socket = socket(port, files)) {
            socket.setSoTimeout(REFUSED_WITHIN_MS);
            socket.getOutputStream().write(connectRequest());
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            throw e; // neither
        } catch (IOException e) {
            return false;
        }
    }

    /// A frame with the record of that name in ZooKeeper's zookeeper.jute: a session that is new.
    private static byte[] connectRequest() {
        byte[] password = new byte[16];
        int size = 4 + 8 + 4 + 8 + 4 + password.length + 1;
        return ByteBuffer.allocate(4 + size)
                .putInt(size)
                .putInt(0) // protocolVersion
                .putLong(0) // lastZxidSeen
                .putInt(10_000) // timeOut, ms
                .putLong(0) // sessionId
                .putInt(password.length)
                .put(password)
                .put((byte) 0) // readOnly
                .array();
    }

    private static SSLSocket socket(int port, Security.@Nullable PemFiles files) throws Exception {
        return (SSLSocket)
                context(files)
                        .getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), port);
    }

    private static boolean isClosed(int port, Security.@Nullable PemFiles files, int withinMs)
            throws Exception {
        try (SSLSocket socket = socket(port, files)) {
            socket.setSoTimeout(withinMs);
            socket.startHandshake();
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static SSLContext context(Security.@Nullable PemFiles files) throws Exception {
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        if (files != null) {
            Certificate[] chain = {certificate(files.certificate())};
            store.setKeyEntry("own", key(files.key()), PASSWORD, chain);
        }
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {new Anybody()}, null);
        return context;
    }

    private static Certificate certificate(Path file) throws GeneralSecurityException, IOException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    private static java.security.PrivateKey key(Path file)
            throws GeneralSecurityException, IOException {
        String pem = Files.readString(file, StandardCharsets.US_ASCII);
        byte[] encoded = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    /// Only what the other side does is asked.
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
