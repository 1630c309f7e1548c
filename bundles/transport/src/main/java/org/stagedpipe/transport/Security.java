package org.stagedpipe.transport;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettySslContextServerCredentials;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How peers prove who they are: mutual TLS 1.3, or nothing at all on the loopback interface.
///
/// @param files null without TLS
public record Security(@Nullable PemFiles files) {

    private static final String PROTOCOL = "TLSv1.3"; // gRPC would take 1.2 as well

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

    /// Whether peers prove who they are.
    public boolean isMutual() {
        return files != null;
    }

    void check(Endpoint listen) throws CallException {
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
        if (files == null) {
            return InsecureServerCredentials.create();
        }
        try {
            return NettySslContextServerCredentials.create(
                    GrpcSslContexts.forServer(files.certificate.toFile(), files.key.toFile())
                            .trustManager(files.authorities.toFile())
                            .clientAuth(ClientAuth.REQUIRE)
                            .protocols(PROTOCOL)
                            .build());
        } catch (IllegalArgumentException | IOException e) {
            throw new CallException(CallException.Kind.INVALID, unusable(e), e);
        }
    }

    /// How errors say that a PEM file holds something else than it should.
    private static String unusable(Exception why) {
        return "TLS files cannot be used: " + why.getMessage();
    }

    ChannelCredentials channel() {
        if (files == null) {
            return InsecureChannelCredentials.create();
        }
        try {
            return NettySslContextChannelCredentials.create(
                    GrpcSslContexts.forClient()
                            .keyManager(files.certificate.toFile(), files.key.toFile())
                            .trustManager(files.authorities.toFile())
                            .protocols(PROTOCOL)
                            .build());
        } catch (IllegalArgumentException | IOException e) {
            throw new IllegalArgumentException(unusable(e), e);
        }
    }
}
