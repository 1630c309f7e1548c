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
    private final List<Stage<D, R>> known; // all stages; none: any may follow
    private final @Nullable KeyOrder<D, R> keyOrder;
    private final Figures<D, R> figures;

    /// Whether nothing but keyed order can come between two stages of a request that nobody observes.
    private final boolean plain;

    /// The stages that the request at hand has met; with acyclic only.
    private final List<Stage<D, R>> route = new ArrayList<>();

    Walk(Settings<D, R> settings, Figures<D, R> figures) {
        this.first = settings.machine().first();
        this.hooks = settings.hooks();
        this.before = settings.before();
        this.acyclic = settings.acyclic();
        this.known = settings.strict() ? settings.machine().stages() : List.of();
        this.keyOrder = settings.keys();
        this.figures = figures;
        this.plain = !acyclic && known.isEmpty() && before.isEmpty();
    }

    /// Runs the request to its end, good or bad.
    ///
    /// @throws VirtualMachineError if the process cannot be trusted any longer; the request is aborted by then
    void run(EngineRequest<D, R> request) {
        if (plain && !request.isObserved()) {
            run(request, false);
            return;
        }
        long began = request.isTimed() || request.deadline() != null ? System.nanoTime() : 0;
        begin(request, began);
        try {
            run(request, true);
        } finally {
            end(request, began);
        }
    }

    private void run(EngineRequest<D, R> request, boolean watched) {
        Stage<D, R> at = null;
        Stage<D, R> next = first;
        Fault.Kind kind = Fault.Kind.STAGE;
        Group<D, R> group = request.owner();
        boolean free = !watched && keyOrder == null;
        try {
            if (request.endIfCancelled(null)) {
                return;
            }
            if (hooks != null) {
                hooks.enter(request);
            }
            if (watched && request.deadline() != null) {
                request.deadline().leave(System.nanoTime());
            }
            while (next != null && !next.isEnd() && request.error() == null) {
                if ((watched || group.cancellation() != null) && request.endIfCancelled(name(at))) {
                    return;
                }
                if (free || !watched && isFree(next, request)) {
                    at = next;
                    next = at.function().run(request); // null: a forgotten next stage is the end
                } else if (mayEnter(next, request)) {
                    at = next;
                    next = watched ? step(at, request) : passing(at, request);
                }
            }
            if (request.error() == null && hooks != null) {
                if (watched && request.endIfLate() || request.isFinished()) {
                    return; // it may be answered already, and then nobody waits for its result
                }
                if (watched && request.deadline() != null) {
                    request.deadline().surround(System.nanoTime());
                }
                kind = Fault.Kind.BAD_RESULT;
                hooks.leave(request);
            }
            Throwable error = request.error();
            if (error != null) {
                fail(request, error, kind, at);
            } else if (watched) {
                request.endIfLate();
            }
        } catch (Throwable thrown) { // whatever a stage throws ends its request only
            Throwable set = request.error(); // the first one stays
            fail(request, set == null || Faults.isFatal(thrown) ? thrown : set, kind, at);
        }
    }

    private void begin(EngineRequest<D, R> request, long now) {
        route.clear();
        if (request.isTimed()) {
            figures.queueWait.record(now - request.submittedAt(), request.timedFor());
        }
        if (request.deadline() != null) {
            request.deadline().begin(now);
        }
        request.trace(request.owner().traceOf(request));
    }

    private void end(EngineRequest<D, R> request, long began) {
        if (request.isTimed()) {
            long nanos = System.nanoTime() - began;
            figures.runTime.record(nanos, request.timedFor());
            request.owner().runTime().record(nanos, request.timedFor());
        }
        if (request.trace() != null) {
            Fault fault = request.fault();
            request.trace().ended(fault == null ? null : fault.kind());
        }
    }

    /// Whether keyed order has nothing to do with the request at that stage.
    private boolean isFree(Stage<D, R> stage, EngineRequest<D, R> request) {
        return keyOrder == null
                || keyOrder.bit(stage) == 0
                        && !(request instanceof KeyedRequest<D, R> keyed && keyed.doomed);
    }

    /// Looks at what comes before the stage; whether the request enters it.
    private boolean mayEnter(Stage<D, R> stage, EngineRequest<D, R> request) throws Exception {
        if (acyclic) {
            follow(stage, request);
        }
        if (!known.isEmpty()) {
            requireKnown(stage, request);
        }
        for (int i = 0; i < before.size() && request.error() == null; i++) {
            before.get(i).run(request);
        }
        if (request.error() != null || !before.isEmpty() && request.isCancelled()) {
            return false; // it may have been meanwhile; the caller looks at that next
        }
        return !(request instanceof KeyedRequest<D, R> keyed) || isTurn(stage, keyed);
    }

    @SuppressWarnings("ReferenceEquality") // a stage is its object
    private void follow(Stage<D, R> stage, EngineRequest<D, R> request) {
        boolean met = false;
        for (Stage<D, R> earlier : route) {
            met |= earlier == stage;
        }
        route.add(stage);
        if (met) {
            String names = route.stream().map(Stage::name).collect(Collectors.joining(" -> "));
            request.fail(new FaultException(Fault.Kind.CYCLIC, names, false));
        }
    }

    @SuppressWarnings("ReferenceEquality") // the same: one of that name is another one
    private void requireKnown(Stage<D, R> stage, EngineRequest<D, R> request) {
        for (Stage<D, R> one : known) {
            if (one == stage) {
                return;
            }
        }
        String names = known.stream().map(Stage::name).collect(Collectors.joining(", "));
        request.fail(
                FaultException.permanent(
                        "next stage: \""
                                + stage.name()
                                + "\" is not in the state machine (expected: one of "
                                + names
                                + ", as the same object)"));
    }

    private boolean isTurn(Stage<D, R> stage, KeyedRequest<D, R> request) {
        long bit = bit(stage);
        boolean turn =
                bit == 0
                        || (request.passed & bit) != 0
                        || request.owner().requireKeys().await(request, bit);
        if (request.doomed) {
            request.fail(
                    new FaultException(
                            Fault.Kind.KEY_FAILED, "an earlier item of its key failed", true));
            return false;
        }
        return turn; // else it was cancelled, and the caller looks at that next
    }

    private long bit(Stage<D, R> stage) {
        return keyOrder == null ? 0 : keyOrder.bit(stage);
    }

    private Stage<D, R> step(Stage<D, R> stage, EngineRequest<D, R> request) throws Exception {
        long began = request.isTimed() || request.deadline() != null ? System.nanoTime() : 0;
        Throwable thrown = null;
        if (request.deadline() != null) {
            request.deadline().enter(stage.name(), began);
        }
        if (request.trace() != null) {
            request.trace().stageBegan(stage.name());
        }
        try {
            return stage.function().run(request);
        } catch (Throwable e) { // only looked at
            thrown = e;
            throw e;
        } finally {
            long ended = began == 0 ? 0 : System.nanoTime();
            if (request.isTimed()) {
                figures.stage(stage, ended - began, request.timedFor());
            }
            if (request.deadline() != null) {
                request.deadline().leave(ended);
            }
            if (request.trace() != null) {
                Throwable error = thrown == null ? request.error() : thrown;
                request.trace()
                        .stageEnded(
                                stage.name(), error == null ? null : error.getClass().getName());
            }
            if (thrown == null) {
                pass(stage, request);
            }
        }
    }

    private Stage<D, R> passing(Stage<D, R> stage, EngineRequest<D, R> request) throws Exception {
        Stage<D, R> next = stage.function().run(request);
        pass(stage, request);
        return next;
    }

    private void pass(Stage<D, R> stage, EngineRequest<D, R> request) {
        if (request instanceof KeyedRequest<D, R> keyed) {
            long bit = bit(stage);
            if (bit != 0 && (keyed.passed & bit) == 0 && keyed.error() == null) {
                keyed.owner().requireKeys().pass(keyed, bit);
            }
        }
    }

    private void fail(
            EngineRequest<D, R> request,
            Throwable error,
            Fault.Kind kind,
            @Nullable Stage<D, R> at) {
        if (error instanceof VirtualMachineError fatal && Faults.isFatal(error)) {
            request.abort(Faults.of(error, Fault.Kind.SYSTEM, name(at), request.attempt()));
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
