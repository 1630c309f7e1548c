package org.stagedpipe.transport;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettySslContextServerCredentials;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.ensemble.CertifiedName;

import java.io.IOException;
import java.io.InputStream;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/// How peers prove who they are: mutual TLS 1.3, or nothing at all on the loopback interface. Safe for use by many threads.
///
/// The files are read at the first use, and looked at each second while a [Server] or [Connection] is open. Connections, in both
/// directions, that begin after files that have changed were seen use these; where those cannot be used, connections go on with what
/// was read before.
public final class Security {

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final @Nullable PemFiles files;
    private final @Nullable PemContexts contexts;

    /// @param files null without TLS
    public Security(@Nullable PemFiles files) {
        this(files, files == null ? null : new PemContexts(files, LOOK_EVERY));
    }

    Security(@Nullable PemFiles files, @Nullable PemContexts contexts) {
        this.files = files;
        this.contexts = contexts;
    }

    /// Three PEM files.
    ///
    /// @param certificate this node's certificate and what signed it up to the authority
    /// @param key its private key, PKCS 8
    /// @param authorities the certificates of the authorities that peers must be signed by
    public record PemFiles(Path certificate, Path key, Path authorities) {

        /// @throws IllegalArgumentException if one of them cannot be read
        public PemFiles {
            for (Path file : new Path[] {certificate, key, authorities}) {
                if (!Files.isReadable(file)) {
                    throw new IllegalArgumentException(
                            "TLS file: " + file + " (expected: a readable PEM file)");
                }
            }
        }
    }

    /// No TLS: servers listen on loopback addresses only.
    public static Security loopbackOnly() {
        return new Security(null);
    }

    /// Mutual TLS from three PEM files.
    public static Security tls(Path certificate, Path key, Path authorities) {
        return new Security(new PemFiles(certificate, key, authorities));
    }

    /// Null without TLS.
    public @Nullable PemFiles files() {
        return files;
    }

    /// Whether peers prove who they are.
    public boolean isMutual() {
        return files != null;
    }

    /// What its own certificate names, `worker/w1` for `spiffe://CLUSTER/worker/w1`: none without TLS, or if the file cannot be read,
    /// which its first use tells.
    public List<String> names() {
        if (files == null) {
            return List.of();
        }
        try (InputStream in = Files.newInputStream(files.certificate())) {
            Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
            return CertifiedName.ofPeer(null, new Certificate[] {own}).stream()
                    .map(CertifiedName::toString)
                    .toList();
        } catch (IOException | CertificateException e) {
            return List.of();
        }
    }

    /// Whether a server may listen there: without TLS on loopback addresses only.
    ///
    /// @throws CallException INVALID
    public void check(Endpoint listen) throws CallException {
        try {
            if (files == null && !listen.isLoopback()) {
                throw new CallException(
                        CallException.Kind.INVALID,
                        "cannot listen on "
                                + listen
                                + " without TLS (expected: a loopback address, or tlsCertificate,"
                                + " tlsKey and tlsAuthorities)");
            }
        } catch (UnknownHostException e) {
            throw new CallException(
                    CallException.Kind.INVALID,
                    "cannot listen on " + listen + ": the host has no address",
                    e);
        }
    }

    ServerCredentials server() throws CallException {
        if (contexts == null) {
            return InsecureServerCredentials.create();
        }
        try {
            return NettySslContextServerCredentials.create(contexts.server());
        } catch (IllegalArgumentException e) {
            throw new CallException(CallException.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /// @throws IllegalArgumentException if the files could never be used
    ChannelCredentials channel() {
        return contexts == null
                ? InsecureChannelCredentials.create()
                : NettySslContextChannelCredentials.create(contexts.client());
    }

    /// For parts of a node that read the files themselves, at its start: tells each time that connections use changed ones from
    /// now on. One at most is told.
    public void onChange(Runnable told) {
        if (contexts != null) {
            contexts.onChange(told);
        }
    }

    /// Has the files looked at as long as something is open that begins connections, and warns daily if a certificate ends soon.
    ///
    /// @return run at its end; harmless if repeated
    Runnable watch() {
        if (contexts == null) {
            return () -> {};
        }
        contexts.open();
        AtomicBoolean isOpen = new AtomicBoolean(true);
        return () -> {
            if (isOpen.getAndSet(false)) {
                contexts.close();
            }
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Security that && Objects.equals(files, that.files);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(files);
    }
}
