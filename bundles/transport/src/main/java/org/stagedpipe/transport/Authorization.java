package org.stagedpipe.transport;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.ensemble.CertifiedName;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// Denies a call unless the peer's certificate names one of the callers in the table of [Rpcs], in this node's cluster. The
/// standard health and reflection services answer every peer that has a role.
final class Authorization implements ServerInterceptor {

    private final Map<String, Rpc<?, ?>> table =
            Rpcs.all().stream().collect(Collectors.toMap(Rpc::toString, Function.identity()));

    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
            ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
        Set<Caller> peer = peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
        if (isAllowed(call.getMethodDescriptor().getFullMethodName(), peer)) {
            return next.startCall(call, headers);
        }
        String text =
                call.getMethodDescriptor().getFullMethodName()
                        + " is not permitted to "
                        + (peer.isEmpty()
                                ? "a peer whose certificate names no role in this cluster"
                                : peer);
        call.close(Statuses.of(new CallException(Kind.NOT_PERMITTED, text)), Statuses.said());
        return new ServerCall.Listener<>() {};
    }

    boolean isAllowed(String method, Set<Caller> peer) {
        Rpc<?, ?> rpc = table.get(method);
        if (rpc == null) {
            return (method.startsWith("grpc.health.") || method.startsWith("grpc.reflection."))
                    && !peer.isEmpty();
        }
        return peer.stream().anyMatch(rpc.callers()::contains);
    }

    /// As what the peer calls; nothing if it proves nothing.
    static Set<Caller> peer(@Nullable SSLSession session) {
        Set<Caller> callers = EnumSet.noneOf(Caller.class);
        ids(session).forEach(id -> caller(id).ifPresent(callers::add));
        return callers;
    }

    /// `operator/ann` for `spiffe://cluster/operator/ann`; none if the peer proves no name.
    static List<String> names(@Nullable SSLSession session) {
        return ids(session).stream()
                .filter(id -> caller(id).isPresent())
                .map(CertifiedName::toString)
                .toList();
    }

    /// The peer's names in the cluster of the certificate that this side has shown it; none if it has proven nothing.
    private static List<CertifiedName> ids(@Nullable SSLSession session) {
        if (session == null) {
            return List.of();
        }
        try {
            return CertifiedName.ofPeer(
                    session.getLocalCertificates(), session.getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            return List.of(); // no proof, no role
        }
    }

    /// `spiffe://cluster/worker/w1` is a worker.
    static Optional<Caller> caller(CertifiedName name) {
        return Arrays.stream(Caller.values())
                .filter(caller -> caller.label().equals(name.role().toLowerCase(Locale.ROOT)))
                .findFirst();
    }
}
