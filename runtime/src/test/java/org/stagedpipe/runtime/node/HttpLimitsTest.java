package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import javax.net.ssl.SSLContext;

/// Real servers of this JDK; the only ones of this process, which reads the limits once.
@Timeout(60)
class HttpLimitsTest {

    @Test
    void endsConnectionsThatStopInTheMiddleOfARequestOrOfAHandshake() throws Exception {
        new HttpLimits(Duration.ofSeconds(1), Duration.ofHours(1), 1_000)
                .set(System.getProperties());
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer plain = HttpServer.create(any, 0);
        HttpsServer tls = HttpsServer.create(any, 0);
        tls.setHttpsConfigurator(new HttpsConfigurator(SSLContext.getDefault()));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Socket request = begun(plain, threads, 'G');
                Socket handshake = begun(tls, threads, 22)) {
            assertEquals(0, request.getInputStream().readAllBytes().length);
            handshake.getInputStream().readAllBytes(); // an alert, to its end
        } finally {
            plain.stop(0);
            tls.stop(0);
        }
    }

    /// A connection over which one byte came.
    private static Socket begun(HttpServer server, ExecutorService threads, int first)
            throws IOException {
        server.setExecutor(threads);
        server.start();
        Socket socket = new Socket(server.getAddress().getAddress(), server.getAddress().getPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(first);
        return socket;
    }
}
