package org.stagedpipe.zookeeper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.ensemble.PemStores;
import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/// Why the servers of an ensemble that others run open no session, for the operator: ZooKeeper's client says nothing but that
/// nobody answers. Each server is called once and greeted with TLS, whether that is what it is to speak or not; it takes
/// at most 6 s for all of them, each on a thread of its own.
final class Diagnosis {

    private static final int WITHIN_MS = (int) Duration.ofSeconds(2).toMillis();
    private static final char[] IN_MEMORY = {};

    private final Terms.External external;

    Diagnosis(Terms.External external) {
        this.external = external;
    }

    /// What each of them says. Waits for them.
    @Override
    public String toString() {
        List<FutureTask<String>> answers =
                external.addresses().stream()
                        .map(address -> new FutureTask<>(() -> of(address)))
                        .toList();
        // a look-up of a name may take longer, and would keep a carrier of virtual threads
        answers.forEach(
                answer -> Thread.ofPlatform().daemon().name("store-diagnosis").start(answer));
        long end = System.nanoTime() + 3 * TimeUnit.MILLISECONDS.toNanos(WITHIN_MS);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            String address = external.addresses().get(i);
            texts.add(result(address, answers.get(i), end - System.nanoTime()));
        }
        return String.join("; ", texts);
    }

    private static String result(String address, FutureTask<String> answer, long leftNanos) {
        try {
            return answer.get(leftNanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (ExecutionException e) {
            return address + ": " + e.getCause();
        } catch (TimeoutException e) {
            answer.cancel(true);
            return address + ": its name cannot be looked up in time, or it answers too slowly";
        }
    }

    private String of(String address) {
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
        int port = Integer.parseInt(address.substring(colon + 1));
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), WITHIN_MS);
            socket.setSoTimeout(WITHIN_MS);
            return address + " " + greeted(socket, host, port);
        } catch (IOException e) {
            return address + " cannot be reached: " + e.getMessage();
        } catch (GeneralSecurityException e) {
            return address + " cannot be called with these TLS files: " + e.getMessage();
        }
    }

    private String greeted(Socket socket, String host, int port)
            throws IOException, GeneralSecurityException {
        Terms.PemFiles files = external.tls();
        Witness witness = new Witness(files == null ? null : trusted(files));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(files == null ? null : own(files), new TrustManager[] {witness}, null);
        try (SSLSocket tls =
                (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true)) {
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            if (tls.getInputStream().read() < 0) { // in TLS 1.3 a certificate is refused only here
                return "speaks TLS and hangs up";
            }
            return "speaks TLS, but is no ZooKeeper";
        } catch (SocketTimeoutException e) {
            return witness.hasSeen()
                    ? "speaks TLS and takes the certificate, but opens no session"
                    : "takes connections, but opens no session";
        } catch (IOException e) {
            boolean isTls = witness.hasSeen() || String.valueOf(e.getMessage()).contains("alert");
            return refused(isTls, files != null, e);
        }
    }

    private static String refused(boolean isTls, boolean isWanted, IOException why) {
        if (isTls && isWanted) {
            return "speaks TLS, but not with these TLS files: " + why.getMessage();
        } else if (isTls) {
            return "speaks TLS (expected: plain text)";
        } else if (isWanted) {
            return "speaks no TLS (expected: TLS)";
        }
        return "speaks plain text, but opens no session";
    }

    private static KeyManager[] own(Terms.PemFiles files)
            throws GeneralSecurityException, IOException {
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(PemStores.own(files, IN_MEMORY), IN_MEMORY);
        return keys.getKeyManagers();
    }

    private static @Nullable X509TrustManager trusted(Terms.PemFiles files)
            throws GeneralSecurityException, IOException {
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(PemStores.trusted(files));
        for (TrustManager manager : trust.getTrustManagers()) {
            if (manager instanceof X509TrustManager extended) {
                return extended;
            }
        }
        return null;
    }
}
