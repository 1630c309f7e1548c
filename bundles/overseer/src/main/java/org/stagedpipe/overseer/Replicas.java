package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.HoldRequest;
import org.stagedpipe.protocol.v1.HoldResponse;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// The bundles of all overseers: on a majority of them before the catalogue names one, and in the end on each.
///
/// The overseer that leads asks the others to hold what was uploaded; each fetches it from there. Whatever an overseer lacks
/// later, because it was away or has a new disk, it fetches from any that has it, see [Backlog]. Safe for use by many threads.
final class Replicas {

    private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);
    private static final Duration FETCH_TIMEOUT = Duration.ofMinutes(5);

    /// Of an overseer that a bundle is fetched from. One that is frozen takes a connection and says nothing on it, which no
    /// keepalive notices.
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private static final Duration SPREAD_TIMEOUT = Duration.ofMinutes(1);

    private final Blobs blobs;
    private final Disk disk;
    private final Ensemble ensemble;
    private final Peers peers;
    private final Security security;
    private final Supplier<Endpoint> here;
    private final Set<String> underway = new HashSet<>(); // digests; guarded by itself

    /// @param here where this overseer serves nodes
    Replicas(
            Blobs blobs,
            Ensemble ensemble,
            Peers peers,
            Security security,
            Supplier<Endpoint> here) {
        this.blobs = blobs;
        this.disk = new Disk(peers.name(), blobs.folder());
        this.ensemble = ensemble;
        this.peers = peers;
        this.security = security;
        this.here = here;
    }

    /// Where this overseer keeps them.
    Disk disk() {
        return disk;
    }

    /// Waits until a majority of the overseers has what this one keeps.
    ///
    /// @throws CallException REFUSED if there is none in time
    void spread(String sha256, Steps steps)
            throws CallException, StoreException, InterruptedException {
        ask(sha256, true, ensemble.members()).check().tell(steps);
    }

    /// Has the others look at their bytes of what was spread before, until a majority has it; tells how many do.
    void mend(String sha256, Steps steps) throws StoreException, InterruptedException {
        ask(sha256, true, ensemble.members()).tell(steps);
    }

    /// Waits until a majority of these overseers has what this one keeps, whether it is one of them or not. What they have is trusted:
    /// to read it takes minutes for a whole repository.
    ///
    /// @throws CallException REFUSED if there is none in time
    void keep(String sha256, Set<String> members) throws CallException, InterruptedException {
        ask(sha256, false, members).check();
    }

    /// Who has a bundle.
    ///
    /// @param refused why others do not
    private record Holders(int count, int members, List<String> refused) {

        private boolean isMajority() {
            return count >= majority(members);
        }

        Holders check() throws CallException {
            if (!isMajority()) {
                throw new CallException(
                        Kind.REFUSED,
                        "the bundle is "
                                + text()
                                + " (expected: at least "
                                + majority(members)
                                + ")"
                                + why());
            }
            return this;
        }

        void tell(Steps steps) {
            if (members > 1) {
                steps.step("store", text() + (isMajority() ? "" : why()));
            }
        }

        private String text() {
            return "on " + count + " of " + members + " overseers";
        }

        private String why() {
            return refused.isEmpty() ? "" : ": " + String.join("; ", refused);
        }
    }

    /// Until a majority of the members has it, or all have answered.
    private Holders ask(String sha256, boolean isVerified, Set<String> members)
            throws InterruptedException {
        int majority = majority(members.size());
        peers.look(); // one may have joined a moment ago
        List<Card> others =
                peers.others().stream().filter(card -> members.contains(card.name())).toList();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>(); // one for each other overseer
        for (Card other : others) {
            Thread.ofVirtual()
                    .name("spread-" + other.name())
                    .start(() -> answers.add(hold(other, sha256, isVerified)));
        }
        int holders = members.contains(peers.name()) ? 1 : 0;
        List<String> refused = new ArrayList<>(absent(members));
        long deadline = System.nanoTime() + SPREAD_TIMEOUT.toNanos();
        for (int asked = 0; asked < others.size() && holders < majority; asked++) {
            String answer = answers.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (answer == null) {
                break;
            } else if (answer.isEmpty()) {
                holders++;
            } else {
                refused.add(answer);
            }
        }
        return new Holders(holders, members.size(), refused);
    }

    private static int majority(int members) {
        return members / 2 + 1;
    }

    private List<String> absent(Set<String> members) {
        return peers.absent().stream()
                .filter(members::contains)
                .map(name -> name + " is not here")
                .toList();
    }

    /// @return empty, or why it does not hold it
    private String hold(Card other, String sha256, boolean isVerified) {
        Endpoint from = here.get();
        HoldRequest request =
                HoldRequest.newBuilder()
                        .setSha256(ByteString.fromHex(sha256))
                        .setFrom(from.toAddress())
                        .setVerify(isVerified)
                        .build();
        try (Connection connection = Connection.to(other.nodes(), security)) {
            connection.call(Rpcs.HOLD, request, SPREAD_TIMEOUT);
            return "";
        } catch (CallException e) {
            return other.name() + ": " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return other.name() + ": interrupted";
        }
    }

    /// Another overseer asks this one to hold a bundle.
    HoldResponse hold(HoldRequest request) throws CallException, InterruptedException {
        String sha256 = Wire.hex(request.getSha256());
        try {
            boolean isHere = !request.getVerify() || blobs.isWhole(sha256);
            if (!isHere || !blobs.touch(sha256)) {
                fetch(
                        new Endpoint(request.getFrom().getHost(), request.getFrom().getPort()),
                        sha256);
            }
            return HoldResponse.getDefaultInstance();
        } catch (IOException e) {
            throw disk.failed("bundle " + sha256, 0, e);
        }
    }

    /// The bundle's file; fetched from another overseer if this one lacks it. Empty if that does not succeed.
    Optional<Path> find(String sha256) throws InterruptedException {
        try {
            return findOrFetch(sha256);
        } catch (IOException e) {
            LOG.debug("bundle {} cannot be fetched: {}", sha256, e.getMessage());
            return Optional.empty();
        }
    }

    /// The same; empty if there is none that has it. Many may ask at once, it is fetched once.
    ///
    /// @throws IOException if this overseer cannot keep it, whoever has it, or one of those that may have it does not answer, or
    ///     sends other bytes
    Optional<Path> findOrFetch(String sha256) throws IOException, InterruptedException {
        Optional<Path> here = blobs.find(sha256);
        if (here.isEmpty()) {
            fetchUnless(() -> blobs.find(sha256).isPresent(), sha256);
        }
        return here.or(() -> blobs.find(sha256));
    }

    /// The bundle's file, after this overseer's turned out not to be readable; another one's has taken its place if its bytes
    /// are not those of its name, and somebody has these. Empty if there is none.
    Optional<Path> findAnew(String sha256) throws InterruptedException {
        try {
            fetchUnless(() -> blobs.isWhole(sha256), sha256);
        } catch (IOException e) {
            LOG.debug("bundle {} is not found anew: {}", sha256, e.getMessage());
        }
        return blobs.find(sha256);
    }

    /// One thread at a time for each bundle; another one may have been faster.
    private void fetchUnless(BooleanSupplier isHere, String sha256)
            throws IOException, InterruptedException {
        begin(sha256);
        try {
            if (!isHere.getAsBoolean()) {
                fetch(sha256);
            }
        } finally {
            end(sha256);
        }
    }

    private void begin(String sha256) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + FETCH_TIMEOUT.toNanos();
        synchronized (underway) {
            while (!underway.add(sha256)) {
                long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (left <= 0) {
                    throw new IOException(
                            "it is being fetched for more than "
                                    + FETCH_TIMEOUT.toSeconds()
                                    + " s");
                }
                underway.wait(left);
            }
        }
    }

    private void end(String sha256) {
        synchronized (underway) {
            underway.remove(sha256);
            underway.notifyAll();
        }
    }

    /// From any that has it; does nothing if there is none.
    private void fetch(String sha256) throws IOException, InterruptedException {
        @Nullable CallException failure = null;
        for (Card other : peers.others()) {
            try {
                fetch(other.nodes(), sha256);
                LOG.info("fetched bundle {} from {}", sha256, other.name());
                return;
            } catch (CallException e) {
                LOG.debug("bundle {} is not on {}: {}", sha256, other.name(), e.getMessage());
                failure = worse(failure, e);
            }
        }
        if (failure != null) { // so that nobody takes it for lost, or fetches it again at once
            throw new IOException(failure.getMessage(), failure);
        }
    }

    /// Wrong bytes tell more than no answer. That one does not have it is no failure.
    private static @Nullable CallException worse(
            @Nullable CallException before, CallException now) {
        boolean isKept = before != null && before.kind() == Kind.INVALID;
        return isKept || now.kind() == Kind.NOT_FOUND ? before : now;
    }

    private void fetch(Endpoint from, String sha256)
            throws CallException, IOException, InterruptedException {
        try (Upload upload = blobs.upload();
                Connection connection = Connection.to(from, security);
                Exchange<FetchRequest, FetchResponse> exchange =
                        connection.exchange(Rpcs.FETCH, FETCH_TIMEOUT)) {
            exchange.begin(
                    FetchRequest.newBuilder()
                            .setSha256(ByteString.fromHex(sha256))
                            .setHeld(true)
                            .build());
            exchange.complete();
            for (FetchResponse part = exchange.next(SILENCE);
                    part != null;
                    part = exchange.next(SILENCE)) {
                upload.write(part.getData().asReadOnlyByteBuffer());
            }
            if (!upload.sha256().equals(sha256)) {
                throw new CallException(
                        Kind.INVALID,
                        from + " sent sha-256 " + upload.sha256() + " (expected: " + sha256 + ")");
            }
            blobs.keep(upload);
        }
    }
}
