package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.HoldRequest;
import org.stagedpipe.protocol.v1.HoldResponse;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.ExchangeHandler;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Who counts among those that have a bundle; what is found when others have it, and when nobody else is there.
class ReplicasTest {

    private static final Set<Thread.State> WAITING =
            Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING, Thread.State.TERMINATED);

    private static final String SHA256 = "0".repeat(64);

    @TempDir private Path data;

    @Test
    void anOverseerThatIsNoMemberDoesNotCountItself() throws Exception {
        Set<String> members = Set.of("o1");
        replicas("o1").keep(SHA256, members);
        assertEquals(
                "the bundle is on 0 of 1 overseers (expected: at least 1): o1 is not here",
                assertThrows(CallException.class, () -> replicas("o4").keep(SHA256, members))
                        .getMessage());
    }

    @Test
    void aBundleIsFoundAnewAsItIsIfItIsFineOrNobodyElseHasIt() throws Exception {
        Replicas replicas = replicas("o1");
        assertEquals(Optional.empty(), replicas.findAnew(SHA256));
        Path damaged = Files.write(data.resolve(SHA256), new byte[9]);
        assertEquals(Optional.of(damaged), replicas.findAnew(SHA256));
        String sha256 = HexFormat.of().formatHex(TestBundle.sha256(new byte[9]));
        Path fine = Files.write(data.resolve(sha256), new byte[9]);
        assertEquals(Optional.of(fine), replicas.findAnew(sha256));
        assertTrue(Files.exists(damaged), "it is the only one there is");
    }

    @Test
    void whatIsHereIsReadOnlyIfWhoAsksWantsThat() throws Exception {
        Replicas replicas = replicas("o1");
        Files.write(data.resolve(SHA256), new byte[9]); // of another digest
        HoldRequest request =
                HoldRequest.newBuilder()
                        .setSha256(ByteString.fromHex(SHA256))
                        .setFrom(new Endpoint("127.0.0.1", 1).toAddress())
                        .build();
        replicas.hold(request);
        HoldRequest verified = request.toBuilder().setVerify(true).build();
        CallException lost =
                assertThrows(CallException.class, () -> replicas.hold(verified), "it is fetched");
        assertEquals(Kind.UNREACHABLE, lost.kind());
    }

    @Test
    void whatManyLackIsFetchedOnce() throws Exception {
        ByteString bytes = ByteString.copyFromUtf8("a bundle");
        String sha256 = HexFormat.of().formatHex(TestBundle.sha256(bytes.toByteArray()));
        int callers = 5;
        AtomicInteger fetches = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(callers);
        List<Thread> asking = new CopyOnWriteArrayList<>();
        try (Server peer =
                        serving(exchange -> {
                            fetches.incrementAndGet();
                            assertTrue(asked.await(60, TimeUnit.SECONDS));
                            awaitWaiting(asking);
                            exchange.send(FetchResponse.newBuilder().setData(bytes).build());
                        });
                Standing others = new Standing(peer.endpoint());
                ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
            Replicas replicas = others.replicas();
            List<Future<Optional<Path>>> found = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                found.add(
                        all.submit(() -> {
                            asking.add(Thread.currentThread());
                            asked.countDown();
                            return replicas.find(sha256);
                        }));
            }
            for (Future<Optional<Path>> one : found) {
                assertEquals(Optional.of(data.resolve(sha256)), one.get(60, TimeUnit.SECONDS));
            }
        }
        assertEquals(1, fetches.get());
    }

    /// Until each of them waits: for an answer, or for another one.
    private static void awaitWaiting(List<Thread> threads) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (threads.stream().anyMatch(thread -> !WAITING.contains(thread.getState()))) {
            assertTrue(System.nanoTime() < end, threads::toString);
            Thread.sleep(5);
        }
    }

    @Test
    void whoDoesNotAnswerMayHaveIt() throws Exception {
        AtomicReference<Kind> answer = new AtomicReference<>(Kind.UNREACHABLE);
        try (Server peer =
                        serving(exchange -> {
                            throw new CallException(
                                    requireNonNull(answer.get()), "no bundle from me");
                        });
                Standing others = new Standing(peer.endpoint())) {
            Replicas replicas = others.replicas();
            assertEquals(Optional.empty(), replicas.find(SHA256));
            assertEquals(
                    "no bundle from me",
                    assertThrows(IOException.class, () -> replicas.findOrFetch(SHA256))
                            .getMessage());
            answer.set(Kind.NOT_FOUND);
            assertEquals(Optional.empty(), replicas.findOrFetch(SHA256));
        }
    }

    @Test
    @Timeout(120) // the limit for a bundle's bytes is 5 minutes
    void oneThatIsFrozenIsPassedOver() throws Exception {
        ByteString bytes = ByteString.copyFromUtf8("a bundle");
        String sha256 = HexFormat.of().formatHex(TestBundle.sha256(bytes.toByteArray()));
        try (ServerSocket frozen = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Server peer =
                        serving(exchange ->
                                exchange.send(FetchResponse.newBuilder().setData(bytes).build()));
                Standing others =
                        new Standing(
                                new Endpoint("127.0.0.1", frozen.getLocalPort()),
                                peer.endpoint())) {
            assertEquals(Optional.of(data.resolve(sha256)), others.replicas().find(sha256));
        }
    }

    private static Server serving(ExchangeHandler<FetchRequest, FetchResponse> bundles)
            throws CallException {
        return Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                .exchange(Rpcs.FETCH, bundles)
                .unary(Rpcs.HOLD, request -> HoldResponse.getDefaultInstance())
                .start();
    }

    /// Other overseers, o2 and so on, as their cards say.
    private final class Standing implements AutoCloseable {

        private final List<Ensemble> ensembles = new ArrayList<>();

        Standing(Endpoint... places) {
            for (Endpoint at : places) {
                String name = "o" + (ensembles.size() + 2);
                Ensemble ensemble = InMemoryEnsembles.usurp(data.toString(), name);
                ensemble.stand(
                        new Card(name, at, at, "http://127.0.0.1/index.xml").toString(),
                        new Candidate() {
                            @Override
                            public void lead(long epoch) {}

                            @Override
                            public void follow(String leader) {}
                        });
                ensembles.add(ensemble);
            }
        }

        Replicas replicas() throws Exception {
            Peers peers = new Peers("o1", ensembles.getLast(), System::currentTimeMillis);
            peers.look();
            return ReplicasTest.this.replicas(ensembles.getLast(), peers);
        }

        @Override
        public void close() {
            ensembles.forEach(Ensemble::close);
        }
    }

    private Replicas replicas(String name) throws Exception {
        Ensemble ensemble = InMemoryEnsembles.usurp(data.toString());
        return replicas(ensemble, new Peers(name, ensemble, System::currentTimeMillis));
    }

    private Replicas replicas(Ensemble ensemble, Peers peers) throws Exception {
        return new Replicas(
                Blobs.in(data),
                ensemble,
                peers,
                Security.loopbackOnly(),
                () -> new Endpoint("127.0.0.1", 1));
    }
}
