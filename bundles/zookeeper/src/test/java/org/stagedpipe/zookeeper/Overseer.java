package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Terms;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;

/// An overseer with nothing but its part in the ensemble.
final class Overseer implements Candidate, AutoCloseable {

    private static final Duration SESSION = Duration.ofSeconds(10); // a busy machine ends none
    private static final Duration FOUNDED_WITHIN = Duration.ofSeconds(30);
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(20);

    final ZooKeeperEnsemble ensemble;
    final String name;
    volatile long epoch; // 0: does not lead
    volatile String leader = "";
    volatile boolean isShortOfMemory; // once
    volatile boolean isAnother; // whoever else has its name
    volatile Runnable asked = () -> {}; // whether that one is another
    final Queue<String> gaveUp = new ConcurrentLinkedQueue<>();

    Overseer(String name, Path folder, @Nullable Overseer joined) throws StoreException {
        this(name, folder, joined, null, null);
    }

    private Overseer(
            String name,
            Path folder,
            @Nullable Overseer joined,
            Terms.@Nullable External external,
            Terms.@Nullable PemFiles tls)
            throws StoreException {
        this(terms(name, folder, joined, external, tls));
        stand();
    }

    /// One that does not stand yet.
    Overseer(Terms terms) throws StoreException {
        this(terms, terms.external() == null ? FOUNDED_WITHIN : ANSWERED_WITHIN);
    }

    private Overseer(Terms terms, Duration within) throws StoreException {
        name = terms.name();
        ensemble = ZooKeeperEnsemble.open(terms, within, gaveUp::add);
    }

    /// One that does not stand yet.
    static Overseer joining(String name, Path folder, Overseer joined) throws StoreException {
        return new Overseer(terms(name, folder, joined, null, null));
    }

    /// One that does not stand yet, at another address.
    static Overseer at(String host, String name, Path folder, @Nullable Overseer joined)
            throws StoreException {
        return new Overseer(
                new Terms(
                        name,
                        folder,
                        host,
                        host,
                        List.of(0, 0, 0),
                        null,
                        () -> joined == null ? "" : joined.ensemble.address(),
                        SESSION,
                        null));
    }

    /// One that does not stand yet, with an ensemble that others run.
    static Overseer unseated(Terms.External external, String name, Path folder)
            throws StoreException {
        return new Overseer(terms(name, folder, null, external, null));
    }

    private static Terms terms(
            String name,
            Path folder,
            @Nullable Overseer joined,
            Terms.@Nullable External external,
            Terms.@Nullable PemFiles tls) {
        return new Terms(
                name,
                folder,
                "127.0.0.1",
                "127.0.0.1",
                List.of(0, 0, 0),
                external,
                () -> joined == null ? "" : joined.ensemble.address(),
                SESSION,
                tls);
    }

    void stand() {
        ensemble.stand(name + " 127.0.0.1:1", this);
    }

    /// One whose server speaks TLS.
    static Overseer tls(String name, Path folder, Terms.PemFiles tls) throws StoreException {
        return new Overseer(name, folder, null, null, tls);
    }

    /// One with an ensemble that others run.
    static Overseer with(Terms.External external, String name, Path folder) throws StoreException {
        return new Overseer(name, folder, null, external, null);
    }

    /// One that does not stand yet, with an ensemble that others run and that has to answer within that time.
    static Overseer within(Duration within, Terms.External external, String name, Path folder)
            throws StoreException {
        Terms terms =
                new Terms(
                        name,
                        folder,
                        "127.0.0.1",
                        "127.0.0.1",
                        List.of(0, 0, 0),
                        external,
                        () -> "",
                        within, // a longer session makes each try longer
                        null);
        return new Overseer(terms, within);
    }

    @Override
    public void lead(long claimed) {
        if (isShortOfMemory) {
            isShortOfMemory = false;
            throw new OutOfMemoryError("test");
        }
        epoch = claimed;
        leader = name;
    }

    @Override
    public void follow(String card) {
        epoch = 0;
        leader = card.isEmpty() ? "" : card.substring(0, card.indexOf(' '));
    }

    @Override
    public boolean isAnother(String card) {
        asked.run();
        return isAnother;
    }

    /// Whether it leads and a majority agrees: right after the loss of a server that may take a while.
    boolean isConfirmed() {
        try {
            ensemble.confirm();
            return leads();
        } catch (StoreException e) {
            return false;
        }
    }

    boolean leads() {
        return epoch > 0;
    }

    /// Until it holds, at most 20 s.
    static void until(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!holds(condition)) {
            assertTrue(System.nanoTime() < deadline, what);
            Thread.sleep(5);
        }
    }

    /// A store that does not answer now may soon.
    private static boolean holds(Callable<Boolean> condition) throws Exception {
        try {
            return condition.call();
        } catch (StoreException e) {
            return false;
        }
    }

    @Override
    public void close() {
        ensemble.close();
    }
}
