package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// A stream on which a worker says when it runs a suspect of another coordinator: on the connection of its parts, so that what
/// it said is known here before they end with its process. Nothing of it is ever unread, so that its end tells of the connection's,
/// which parts hear only behind what they have not read. Safe for use by many threads.
final class Watch implements Receiver<Suspicion> {

    private final String coordinator;
    private final Verdicts verdicts;
    private final Consumer<CallException> lost;
    private final AtomicBoolean isOpen = new AtomicBoolean();
    private volatile @Nullable Call<WatchRequest> call;

    /// @param coordinator this node's name
    /// @param lost told that the connection is
    Watch(String coordinator, Verdicts verdicts, Consumer<CallException> lost) {
        this.coordinator = coordinator;
        this.verdicts = verdicts;
        this.lost = lost;
    }

    /// Begins, unless it has and has not ended since; before each part.
    void open(Connection connection) {
        if (isOpen.compareAndSet(false, true)) {
            begin(start(connection));
        }
    }

    private Call<WatchRequest> start(Connection connection) {
        try {
            return connection.open(Rpcs.WATCH, this);
        } catch (RuntimeException | Error e) {
            isOpen.set(false); // nobody says that it has ended
            throw e;
        }
    }

    private void begin(Call<WatchRequest> opened) {
        call = opened;
        try {
            opened.request(1);
            opened.send(WatchRequest.newBuilder().setCoordinator(coordinator).build());
        } catch (RuntimeException | Error e) {
            opened.fail(new CallException(CallException.Kind.INTERNAL, "no first word", e));
            throw e; // the end of the call says that it has ended
        }
    }

    @Override
    public void onMessage(Suspicion message) {
        verdicts.elsewhere(message.getIncarnation(), message.getOfAnother());
        Call<WatchRequest> answers = call;
        if (answers != null) {
            answers.send(WatchRequest.newBuilder().setTurn(message.getTurn()).build());
            answers.request(1);
        }
    }

    @Override
    public void onComplete() {
        isOpen.set(false);
    }

    @Override
    public void onFailure(CallException failure) {
        isOpen.set(false); // also of an older worker, which knows no such stream
        if (failure.kind() == CallException.Kind.UNREACHABLE && !failure.isAnswer()) {
            lost.accept(failure);
        }
    }
}
