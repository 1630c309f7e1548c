package org.stagedpipe.transport;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.transport.CallException.Kind;

import java.net.URI;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// Denies a call unless the peer's certificate names one of the callers in the table of [Rpcs]. The standard health and
/// reflection services answer every peer that has a role.
final class Authorization implements ServerInterceptor {

    private static final int SUBJECT_ALTERNATIVE_URI = 6; // RFC 5280, 4.2.1.6

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
                        + (peer.isEmpty() ? "a peer whose certificate names no role" : peer);
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
        ids(session).forEach(id -> callers.addAll(callers(id)));
        return callers;
    }

    /// `operator/ann` for `spiffe://cluster/operator/ann`; none if the peer proves no name.
    static List<String> names(@Nullable SSLSession session) {
        return ids(session).stream()
                .filter(id -> !callers(id).isEmpty())
                .map(id -> URI.create(id).getPath().substring(1))
                .toList();
    }

    /// The URIs in the peer's certificate; none if it has proven nothing.
    private static List<String> ids(@Nullable SSLSession session) {
        if (session == null) {
            return List.of();
        }
        List<String> ids = new ArrayList<>();
        try {
            Certificate[] chain = session.getPeerCertificates();
            if (chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
                Collection<List<?>> names = certificate.getSubjectAlternativeNames();
                for (List<?> name : names == null ? List.<List<?>>of() : names) {
                    if (name.get(0) instanceof Integer type && type == SUBJECT_ALTERNATIVE_URI) {
                        ids.add(String.valueOf(name.get(1)));
                    }
                }
            }
        } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
            return List.of(); // no proof, no role
        }
        return ids;
    }

    /// `spiffe://cluster/worker/w1` is a worker.
    static Set<Caller> callers(String uri) {
        Set<Caller> callers = EnumSet.noneOf(Caller.class);
        try {
            URI id = URI.create(uri);
            String[] path = String.valueOf(id.getPath()).split("/", -1);
            if ("spiffe".equals(id.getScheme()) && path.length == 3 && !path[2].isEmpty()) {
                for (Caller caller : Caller.values()) {
                    if (caller.label().equals(path[1].toLowerCase(Locale.ROOT))) {
                        callers.add(caller);
                    }
                }
            }
        } catch (IllegalArgumentException e) {
            return callers; // not a name of ours
        }
        return callers;
    }
}
