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
import org.stagedpipe.cluster.ensemble.PemStores;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
import java.util.function.Function;
import java.util.stream.Stream;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/// What three PEM files hold, for all connections that prove with them who they are: read at the first use, and again by a
/// connection that finds them changed, on its own thread. Files that cannot be used any more, or do not belong together
/// because only one of them is the new one, change nothing. Says in time when they end. Safe for use by many threads.
final class PemContexts {

    private static final Logger LOG = LoggerFactory.getLogger(PemContexts.class);
    private static final Duration WARN_BEFORE = Duration.ofDays(14);
    private static final Duration WARN_AGAIN = Duration.ofDays(1);
    private static final String PROTOCOL = "TLSv1.3"; // gRPC would take 1.2 as well

    private final Security.PemFiles files;
    private @Nullable Contexts last; // guarded by this
    private List<Object> seen = List.of(); // guarded by this: the files that `last` was made of
    private String told = ""; // guarded by this: why the files cannot be used
    private volatile Runnable onChange = () -> {};
    private Instant warned = Instant.MIN; // guarded by this

    /// @param ends of all certificates
    private record Contexts(SslContext client, SslContext server, List<End> ends) {}

    private record End(Instant at, String whose) {

        String warning(Instant now) {
            return whose
                    + (now.isBefore(at)
                            ? " ends at " + at + " (expected: a new one two weeks before)"
                            : " has ended at " + at + " (expected: a new one, and not this one)");
        }
    }

    PemContexts(Security.PemFiles files) {
        this.files = files;
    }

    /// Tells that changed files are in use from now on, each time; on the thread of a connection, which must not be blocked.
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

    /// Warns at once and then once a day if a certificate ends soon, or has ended; returns when it is interrupted.
    void warnDaily() {
        try {
            while (true) {
                warnings(Instant.now()).forEach(LOG::warn);
                Thread.sleep(WARN_AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One for each certificate that ends soon or has ended; none if they were told within half a day: an overseer has two servers.
    synchronized List<String> warnings(Instant now) {
        if (now.isBefore(warned.plus(WARN_AGAIN.dividedBy(2)))) {
            return List.of();
        }
        List<String> all =
                current().ends().stream()
                        .filter(end -> !now.isBefore(end.at().minus(WARN_BEFORE)))
                        .map(end -> end.warning(now))
                        .toList();
        warned = all.isEmpty() ? warned : now;
        return all;
    }

    private synchronized Contexts current() {
        try {
            List<Object> now = stamps();
            if (last == null || !now.equals(seen)) {
                boolean isChange = last != null;
                last = read();
                seen = now;
                told = "";
                if (isChange) {
                    onChange.run();
                }
            }
            return last;
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            String text = "TLS files cannot be used: " + reason(e);
            if (last == null) {
                throw new IllegalArgumentException(text, e);
            }
            if (!text.equals(told)) {
                told = text;
                LOG.warn("{}; what was read before still serves", text);
            }
            return last;
        }
    }

    /// The text of those that say no more than the file.
    private static String reason(Exception e) {
        return switch (e) {
            case NoSuchFileException gone -> gone.getFile() + ": there is no such file";
            case AccessDeniedException denied -> denied.getFile() + ": may not be read";
            default -> String.valueOf(e.getMessage());
        };
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
                Stream.concat(ends(files.certificate(), own), ends(files.authorities(), theirs))
                        .toList());
    }

    private static Stream<End> ends(Path file, List<X509Certificate> certificates) {
        return certificates.stream()
                .map(one ->
                        new End(
                                one.getNotAfter().toInstant(),
                                file + ": the certificate of " + one.getSubjectX500Principal()));
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
