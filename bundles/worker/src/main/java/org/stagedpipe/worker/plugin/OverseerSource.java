package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/// The overseers' repository: asks one after the other, each goes on where the one before it ended. Each attempt begins at the
/// next one: what the one before it gave may be rotten. Each has its share of the time that is left: one that is frozen takes
/// none from those after it.
public final class OverseerSource implements BundleSource {

    private final Supplier<List<Endpoint>> overseers;
    private final Security security;

    /// @param overseers asked before each fetch
    public OverseerSource(Supplier<List<Endpoint>> overseers, Security security) {
        this.overseers = overseers;
        this.security = security;
    }

    @Override
    public void fetch(PluginVersion version, Sink sink, Duration within, int attempt)
            throws CallException, IOException, InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        CallException worst = null;
        List<Endpoint> all = new ArrayList<>(overseers.get());
        Collections.rotate(all, -attempt);
        int left = all.size();
        for (Endpoint overseer : all) {
            Duration share = Duration.ofNanos((end - System.nanoTime()) / left--);
            try {
                fetchFrom(overseer, version, sink, share);
                return;
            } catch (CallException e) {
                worst = worse(worst, e);
            }
        }
        throw worst == null
                ? new CallException(Kind.UNREACHABLE, "no overseer is known (expected: one)")
                : worst;
    }

    /// Not found is the answer only if all say so.
    private static CallException worse(@Nullable CallException before, CallException now) {
        return before == null || before.kind() == Kind.NOT_FOUND ? now : before;
    }

    private void fetchFrom(Endpoint overseer, PluginVersion version, Sink sink, Duration within)
            throws CallException, IOException, InterruptedException {
        FetchRequest request =
                FetchRequest.newBuilder()
                        .setSha256(version.getSha256())
                        .setOffset(sink.offset())
                        .build();
        try (Connection connection = Connection.to(overseer, security);
                Exchange<FetchRequest, FetchResponse> exchange =
                        connection.exchange(Rpcs.FETCH, within)) {
            exchange.send(request);
            exchange.complete();
            for (FetchResponse part = exchange.next(); part != null; part = exchange.next()) {
                sink.write(part.getData());
            }
        }
    }
}
