package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.time.Duration;
import java.util.function.Supplier;

/// What every overseer answers to anybody, whether it leads or not: where to go, and which coordinator to take. One that
/// does not lead asks the one that does.
final class FrontDesk {

    private static final Duration DESCRIBED_WITHIN = Duration.ofSeconds(4);
    private static final Duration ASSIGNED_WITHIN = Duration.ofMillis(800);
    private static final Duration COORDINATOR_WITHIN = Duration.ofMillis(500);

    private final Here here;
    private final Seat seat;
    private final Peers peers;
    private final Security security;
    private final String store;

    /// This overseer.
    ///
    /// @param version of the software
    record Here(
            String name, String version, Supplier<Endpoint> admin, Supplier<String> repository) {}

    /// @param store where an overseer that is to join finds what overseers share
    FrontDesk(Here here, Seat seat, Peers peers, Security security, String store) {
        this.here = here;
        this.seat = seat;
        this.peers = peers;
        this.security = security;
        this.store = store;
    }

    OverseerInfo describe(DescribeRequest request) throws CallException, InterruptedException {
        if (request.getItself()) {
            return itself().build();
        }
        @Nullable Card other = seat.leader(DESCRIBED_WITHIN);
        OverseerInfo.Builder info = itself();
        return other == null
                ? info.setAdmin(here.admin().get().toAddress())
                        .setLeader(here.name())
                        .setEpoch(seat.term().epoch())
                        .build()
                : info.setAdmin(other.admin().toAddress()).setLeader(other.name()).build();
    }

    private OverseerInfo.Builder itself() {
        return OverseerInfo.newBuilder()
                .setName(here.name())
                .setVersion(here.version())
                .setRepository(here.repository().get())
                .addAllOverseers(peers.addresses())
                .setStore(store);
    }

    Assignment assign(AssignRequest request) throws CallException, InterruptedException {
        @Nullable Card other = seat.leader(ASSIGNED_WITHIN);
        if (other == null) {
            return assignHere(request);
        }
        if (request.getForwarded()) {
            throw new CallException(
                    Kind.TIMED_OUT,
                    here.name() + " does not lead, it thinks that " + other.name() + " does");
        }
        try (Connection connection = Connection.to(other.nodes(), security)) {
            return connection.call(
                    Rpcs.ASSIGN_COORDINATOR,
                    request.toBuilder().setForwarded(true).build(),
                    ASSIGNED_WITHIN);
        } catch (CallException e) {
            // Unless it said so, it has died, and its session has not ended yet; soon another one
            // leads.
            throw e.kind() == Kind.UNREACHABLE && !e.isAnswer()
                    ? new CallException(Kind.TIMED_OUT, other.name() + ": " + e.getMessage(), e)
                    : e;
        }
    }

    /// Right after an election the coordinators are on their way to this overseer; it waits for the first of them.
    private Assignment assignHere(AssignRequest request)
            throws CallException, InterruptedException {
        boolean isNew = false;
        try {
            Term term = seat.term();
            isNew = !peers.others().isEmpty() && term.isNew();
            if (isNew) {
                term.nodes().await(COORDINATOR_WITHIN, term.nodes()::hasCoordinator);
            }
            return Failures.told(() -> term.assigner().assign(request)).toBuilder()
                    .addAllOverseers(peers.addresses())
                    .build();
        } catch (CallException e) {
            boolean isElecting = isNew || seat.state() != SeatState.LEADING;
            throw e.kind() == Kind.UNREACHABLE && isElecting
                    ? new CallException(Kind.TIMED_OUT, e.getMessage(), e)
                    : e;
        }
    }
}
