package org.stagedpipe.repository;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/// The repository over HTTP: `/index.xml` and `/blobs/SHA256.jar`, for reading only. Each request runs on a virtual thread
/// of its own. Close ends it.
public final class RepositoryServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RepositoryServer.class);
    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int INTERNAL_ERROR = 500;
    private static final long NO_BODY = -1;

    /// Makes the index when it is asked for.
    @FunctionalInterface
    public interface IndexSource {

        /// The index now.
        ///
        /// @throws IOException if there is none
        byte[] xml() throws IOException;
    }

    /// How clients prove who they are.
    ///
    /// @param context with it they must show a certificate that it trusts
    /// @param refusal why whoever has shown it may not read; empty if it may
    public record Tls(SSLContext context, Function<SSLSession, Optional<String>> refusal) {}

    private final HttpServer server;
    private final @Nullable Tls tls;
    private final Blobs blobs;
    private final IndexSource index;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("repository-", 0).factory());

    /// Listens, but answers only after [#open()].
    ///
    /// @param listen port 0 takes any free one
    /// @param tls null: none, for loopback addresses only; then anybody may read
    /// @throws IOException if the address cannot be listened on; the text names it
    public RepositoryServer(
            InetSocketAddress listen, @Nullable Tls tls, Blobs blobs, IndexSource index)
            throws IOException {
        this.tls = tls;
        this.blobs = blobs;
        this.index = index;
        if (tls == null && (listen.isUnresolved() || !listen.getAddress().isLoopbackAddress())) {
            throw new IOException(
                    "cannot listen on "
                            + listen.getHostString()
                            + " without TLS (expected: a loopback address)");
        }
        try {
            this.server =
                    tls == null ? HttpServer.create(listen, 0) : secure(listen, tls.context());
        } catch (IOException e) {
            throw new IOException(
                    "repository port "
                            + listen.getPort()
                            + " on "
                            + listen.getHostString()
                            + ": "
                            + e.getMessage()
                            + " (expected: a free port, or 0 for any)",
                    e);
        }
    }

    /// Begins to answer.
    public void open() {
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /// Where it listens, with the real port.
    public int port() {
        return server.getAddress().getPort();
    }

    /// Ends all answers at once.
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static HttpsServer secure(InetSocketAddress listen, SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create(listen, 0);
        server.setHttpsConfigurator(
                new HttpsConfigurator(tls) {
                    @Override
                    public void configure(HttpsParameters parameters) {
                        SSLParameters mutual = getSSLContext().getDefaultSSLParameters();
                        mutual.setNeedClientAuth(true);
                        mutual.setProtocols(new String[] {"TLSv1.3"});
                        parameters.setSSLParameters(mutual);
                    }
                });
        return server;
    }

    private void answer(HttpExchange exchange) {
        try (exchange) {
            String method = exchange.getRequestMethod();
            String path = exchange.getRequestURI().getPath();
            Optional<String> refusal = refusal(exchange);
            if (refusal.isPresent()) {
                text(exchange, FORBIDDEN, path + ": " + refusal.get());
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                text(exchange, NOT_ALLOWED, method + " (expected: GET or HEAD)");
            } else if (path.equals("/index.xml")) {
                index(exchange);
            } else {
                blob(exchange, path);
            }
        } catch (IOException e) {
            LOG.debug("{} went away: {}", exchange.getRemoteAddress(), e.getMessage());
        }
    }

    private void index(HttpExchange exchange) throws IOException {
        byte[] xml;
        try {
            xml = index.xml();
        } catch (IOException e) {
            LOG.warn("no index: {}", e.getMessage());
            text(exchange, INTERNAL_ERROR, "no index at present: " + e.getMessage());
            return;
        }
        bytes(exchange, OK, "application/xml", xml);
    }

    private Optional<String> refusal(HttpExchange exchange) {
        return tls == null
                ? Optional.empty()
                : tls.refusal().apply(((HttpsExchange) exchange).getSSLSession());
    }

    private void blob(HttpExchange exchange, String path) throws IOException {
        Optional<Path> file =
                path.matches("/blobs/[0-9a-f]{64}\\.jar")
                        ? blobs.find(
                                path.substring("/blobs/".length(), path.length() - ".jar".length()))
                        : Optional.empty();
        if (file.isEmpty()) {
            text(exchange, NOT_FOUND, path + " (expected: /index.xml or /blobs/SHA256.jar)");
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/java-archive");
        exchange.getResponseHeaders().set("Cache-Control", "public, max-age=31536000, immutable");
        long size = Files.size(file.get());
        if (exchange.getRequestMethod().equals("HEAD")) {
            head(exchange, OK, size);
            return;
        }
        exchange.sendResponseHeaders(OK, size);
        try (OutputStream out = exchange.getResponseBody()) {
            Files.copy(file.get(), out);
        }
    }

    private static void text(HttpExchange exchange, int status, String text) throws IOException {
        bytes(
                exchange,
                status,
                "text/plain; charset=utf-8",
                (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(HttpExchange exchange, int status, String type, byte[] body)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            head(exchange, status, body.length);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static void head(HttpExchange exchange, int status, long length) throws IOException {
        exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
        exchange.sendResponseHeaders(status, NO_BODY);
    }
}
