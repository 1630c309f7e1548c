package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How an overseer comes to what overseers share: with other overseers in its settings it joins theirs, without any it
/// founds its own. Only an overseer with an empty folder has that choice.
final class Founding {

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long AGAIN_MS = 200;

    private final OverseerSettings settings;

    Founding(OverseerSettings settings) {
        this.settings = settings;
    }

    /// @throws StoreException if the folder is of a version before overseers shared anything
    static void refuseOldFormat(Path data) throws StoreException {
        Path old = data.resolve("catalogue.json");
        if (Files.exists(old)) {
            throw new StoreException(
                    old
                            + ": the catalogue of an earlier version of this program (expected: an"
                            + " empty folder; publish the plugins again)");
        }
    }

    Terms terms() {
        OverseerSettings.Sharing sharing = settings.sharing();
        Security.@Nullable PemFiles pem = settings.node().security().files();
        return new Terms(
                settings.node().name(),
                settings.node().data().resolve("store").toAbsolutePath(),
                settings.node().listen().host(),
                settings.node().advertised(),
                sharing.ports(),
                sharing.external(),
                this::address,
                sharing.session(),
                pem == null
                        ? null
                        : new Terms.PemFiles(pem.certificate(), pem.key(), pem.authorities()));
    }

    /// Asks the other overseers, until one answers.
    private String address() throws StoreException {
        List<Endpoint> others = settings.node().overseers();
        if (others.isEmpty()) {
            return "";
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        List<String> tried = new ArrayList<>();
        while (System.nanoTime() < end) {
            tried.clear();
            for (Endpoint other : others) {
                try (Connection connection = Connection.to(other, settings.node().security())) {
                    return connection
                            .call(Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), ASK_TIMEOUT)
                            .getStore();
                } catch (CallException e) {
                    tried.add(other + " (" + e.getMessage() + ")");
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new StoreException("interrupted while joining", e);
                }
            }
            pause();
        }
        throw new StoreException(
                "no overseer to join answers; tried "
                        + String.join(", ", tried)
                        + " (expected: one, or no overseers in the settings of the first one)");
    }

    private static void pause() throws StoreException {
        try {
            Thread.sleep(AGAIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while joining", e);
        }
    }
}
