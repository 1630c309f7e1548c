package org.stagedpipe.transport;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.FileReason;
import org.stagedpipe.cluster.ensemble.PemStores;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/// What three PEM files hold, for all connections that prove with them who they are: read at the first use, and again when they
/// have changed. Files that cannot be used any more, or do not belong together because only one of them is the new one, change
/// nothing. Says in time when they end. Safe for use by many threads.
///
/// While anybody watches, the thread `tls-files` looks at them each second. Connections only take what was read last.
final class PemContexts {

    private static final Logger LOG = LoggerFactory.getLogger(PemContexts.class);
    private static final Duration WARN_AGAIN = Duration.ofDays(1);
    private static final String PROTOCOL = "TLSv1.3"; // gRPC would take 1.2 as well

    private final Security.PemFiles files;
    private final Duration lookEvery;
    private volatile @Nullable Contexts last;
    private volatile Runnable onChange = () -> {};

    // Guarded by this.
    private List<Object> seen = List.of(); // the files that `last` was made of
    private String told = ""; // why the files cannot be used
    private Instant warned = Instant.MIN;

    // A lock of its own: under the other one files are read, from a disk that may not answer.
    private final Object watching = new Object();
    private int watchers; // guarded by it
    private CountDownLatch unwatched = new CountDownLatch(0);

    /// @param ends of all certificates
    private record Contexts(SslContext client, SslContext server, Ends ends) {}

    /// @param lookEvery the pause between two looks at the files
    PemContexts(Security.PemFiles files, Duration lookEvery) {
        this.files = files;
        this.lookEvery = lookEvery;
    }

    /// Tells that changed files are in use from now on, each time; on the thread that looks.
    void onChange(Runnable told) {
        onChange = told;
    }

    /// For all connections to others.
    ///
    /// @throws IllegalArgumentException if the files could never be used
    SslContext client() {
        return new Newest(Contexts::client);
    }

    /// For all connections of others.
    ///
    /// @throws IllegalArgumentException if the files could never be used
    SslContext server() {
        return new Newest(Contexts::server);
    }

    /// From now on, until it is closed as often as opened, the files are looked at: at once where nobody did before.
    void open() {
        if (isFirst()) {
            guarded(this::look);
        }
    }

    private boolean isFirst() {
        synchronized (watching) {
            if (watchers == 0) {
                CountDownLatch over = new CountDownLatch(1);
                Thread.ofVirtual().name("tls-files").start(() -> watch(over));
                unwatched = over;
            }
            watchers++; // not before there is a thread
            return watchers == 1;
        }
    }

    void close() {
        synchronized (watching) {
            watchers--;
            if (watchers == 0) {
                unwatched.countDown();
            }
        }
    }

    private void watch(CountDownLatch over) {
        try {
            while (!over.await(lookEvery.toMillis(), TimeUnit.MILLISECONDS)) {
                guarded(() -> {
                    look();
                    warnings(Instant.now()).forEach(LOG::warn);
                });
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Or nobody would look any more, and what is just being opened would not be.
    private static void guarded(Runnable looking) {
        try {
            looking.run();
        } catch (RuntimeException | Error e) {
            LOG.error("TLS files are looked at again after a bug", e);
        }
    }

    /// One for each certificate that ends soon or has ended; none if they were told less than a day ago.
    synchronized List<String> warnings(Instant now) {
        if (now.isBefore(warned.plus(WARN_AGAIN))) {
            return List.of();
        }
        List<String> due = current().ends().warnings(now);
        warned = due.isEmpty() ? warned : now;
        return due;
    }

    /// Looks whether the files have changed.
    void look() {
        if (isRenewed()) {
            onChange.run();
        }
    }

    private Contexts current() {
        Contexts known = last;
        return known == null ? first() : known;
    }

    private synchronized Contexts first() {
        isRenewed();
        return Objects.requireNonNull(last);
    }

    /// Whether changed files are in use from now on.
    ///
    /// @throws IllegalArgumentException if the files could never be used
    private synchronized boolean isRenewed() {
        Contexts before = last;
        try {
            List<Object> now = stamps();
            if (before != null && now.equals(seen)) {
                return false;
            }
            last = read();
            seen = now;
            told = "";
            return before != null;
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            String text = "TLS files cannot be used: " + FileReason.of(e);
            if (before == null) {
                throw new IllegalArgumentException(text, e);
            }
            if (!text.equals(told)) {
                told = text;
                LOG.warn("{}; what was read before still serves", text);
            }
            return false;
        }
    }

    private List<Object> stamps() throws IOException {
        List<Object> all = new ArrayList<>();
        for (Path file : List.of(files.certificate(), files.key(), files.authorities())) {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            all.add(List.of(now.lastModifiedTime(), now.size(), String.valueOf(now.fileKey())));
        }
        return all;
    }

    private Contexts read() throws GeneralSecurityException, IOException {
        List<X509Certificate> own = PemStores.certificates(files.certificate());
        PrivateKey key = PemStores.key(files.key());
        checkPair(key, own.getFirst().getPublicKey());
        X509Certificate[] chain = own.toArray(X509Certificate[]::new);
        List<X509Certificate> theirs = PemStores.certificates(files.authorities());
        X509Certificate[] authorities = theirs.toArray(X509Certificate[]::new);
        Ends ends = new Ends();
        ends.add(files.certificate(), own);
        ends.add(files.authorities(), theirs);
        return new Contexts(
                GrpcSslContexts.configure(SslContextBuilder.forClient().keyManager(key, chain))
                        .trustManager(authorities)
                        .protocols(PROTOCOL)
                        .build(),
                GrpcSslContexts.configure(SslContextBuilder.forServer(key, chain))
                        .trustManager(authorities)
                        .clientAuth(ClientAuth.REQUIRE)
                        .protocols(PROTOCOL)
                        .build(),
                ends);
    }

    /// Netty takes any two, and every handshake would fail.
    private void checkPair(PrivateKey key, PublicKey certified)
            throws GeneralSecurityException, IOException {
        Signature signature =
                Signature.getInstance(
                        switch (key.getAlgorithm()) {
                            case "EC" -> "SHA256withECDSA";
                            case "RSA" -> "SHA256withRSA";
                            default -> "Ed25519";
                        });
        signature.initSign(key);
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        if (!signature.verify(signed)) {
            throw new IOException(files.key() + ": not the key of " + files.certificate());
        }
    }

    /// One side of what the files hold when a connection begins.
    private final class Newest extends SslContext {

        private final Function<Contexts, SslContext> side;

        Newest(Function<Contexts, SslContext> side) {
            this.side = side;
            now();
        }

        private SslContext now() {
            return side.apply(current());
        }

        @Override
        public SSLEngine newEngine(ByteBufAllocator allocator) {
            return now().newEngine(allocator);
        }

        @Override
        public SSLEngine newEngine(ByteBufAllocator allocator, String host, int port) {
            return now().newEngine(allocator, host, port);
        }

        @Override
        public boolean isClient() {
            return now().isClient();
        }

        @Override
        public List<String> cipherSuites() {
            return now().cipherSuites();
        }

        @Override
        @SuppressWarnings("deprecation") // there is no other
        public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
            return now().applicationProtocolNegotiator();
        }

        @Override
        public SSLSessionContext sessionContext() {
            return now().sessionContext();
        }
    }
}
