package org.stagedpipe.transport;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;

import java.util.Set;

/// One procedure that a peer can call; the constants are in [Rpcs].
///
/// @param <I> what the caller sends
/// @param <O> what the callee answers
public final class Rpc<I, O> {

    private final ServiceDescriptor service;
    private final MethodDescriptor<I, O> method;
    private final Set<Caller> callers;

    Rpc(ServiceDescriptor service, MethodDescriptor<I, O> method, Set<Caller> callers) {
        this.service = service;
        this.method = method;
        this.callers = Set.copyOf(callers);
    }

    ServiceDescriptor service() {
        return service;
    }

    MethodDescriptor<I, O> method() {
        return method;
    }

    /// Who may call it where peers prove who they are.
    public Set<Caller> callers() {
        return callers;
    }

    /// Its full name, for example `stagedpipe.v1.Admin/ListNodes`.
    @Override
    public String toString() {
        return method.getFullMethodName();
    }
}
