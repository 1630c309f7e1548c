package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Stage;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Takes one request after the other through its stages. Belongs to one pipeline thread.
final class Walk<D, R> {

    private final Stage<D, R> first;
    private final @Nullable Hooks<D, R> hooks;
    private final List<PreProcessor<D, R>> before;
    private final boolean acyclic;
    private final boolean plain;

    /// The stages that the request at hand has met; with acyclic only.
    private final List<Stage<D, R>> trace = new ArrayList<>();

    Walk(Settings<D, R> settings) {
        this.first = settings.machine().first();
        this.hooks = settings.hooks();
        this.before = settings.before();
        this.acyclic = settings.acyclic();
        this.plain = !acyclic && before.isEmpty();
    }

    /// Runs the request to its end, good or bad.
    ///
    /// @throws VirtualMachineError if the process cannot be trusted any longer; the request is failed by then
    void run(EngineRequest<D, R> request) {
        Stage<D, R> at = null;
        Stage<D, R> next = first;
        Fault.Kind kind = Fault.Kind.STAGE;
        try {
            if (request.endIfCancelled(null)) {
                return;
            }
            if (acyclic) {
                trace.clear();
            }
            if (hooks != null) {
                hooks.enter(request);
            }
            while (next != null && !next.isEnd() && request.error() == null) {
                if (request.endIfCancelled(name(at))) {
                    return;
                }
                if (plain || mayEnter(next, request)) {
                    at = next;
                    next = at.function().run(request); // null: a forgotten next stage is the end
                }
            }
            if (request.error() == null && hooks != null) {
                kind = Fault.Kind.BAD_RESULT;
                hooks.leave(request);
            }
            Throwable error = request.error();
            if (error != null) {
                fail(request, error, kind, at);
            }
        } catch (Throwable thrown) { // whatever a stage throws ends its request only
            fail(request, thrown, kind, at);
        }
    }

    /// Looks at what comes before the stage; whether the request has no error after it.
    private boolean mayEnter(Stage<D, R> stage, EngineRequest<D, R> request) throws Exception {
        if (acyclic) {
            follow(stage, request);
        }
        for (int i = 0; i < before.size() && request.error() == null; i++) {
            before.get(i).run(request);
        }
        return request.error() == null;
    }

    @SuppressWarnings("ReferenceEquality") // a stage is its object
    private void follow(Stage<D, R> stage, EngineRequest<D, R> request) {
        boolean met = false;
        for (Stage<D, R> earlier : trace) {
            met |= earlier == stage;
        }
        trace.add(stage);
        if (met) {
            String route = trace.stream().map(Stage::name).collect(Collectors.joining(" -> "));
            request.fail(new FaultException(Fault.Kind.CYCLIC, route, false));
        }
    }

    private void fail(
            EngineRequest<D, R> request,
            Throwable error,
            Fault.Kind kind,
            @Nullable Stage<D, R> at) {
        if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) {
            request.fault(Faults.of(error, Fault.Kind.SYSTEM, name(at), request.attempt()));
            throw fatal;
        }
        if (!request.endIfCancelled(name(at))) {
            request.fault(Faults.of(error, kind, name(at), request.attempt()));
        }
    }

    private static @Nullable String name(@Nullable Stage<?, ?> stage) {
        return stage == null ? null : stage.name();
    }
}
