package org.stagedpipe.runtime.demo;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;
import org.stagedpipe.client.Group;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;

/// One request group of the demo: a thread submits its items, another reads the outcomes.
final class GroupStream {

    private static final long PACE_MS = 6; // slow enough for an update to come in between
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final Group group;
    private final List<byte[]> items;
    private final List<Gate> gates;
    private final IntConsumer progress;
    private final Tally tally = new Tally();
    private final CountDownLatch firstOutcome = new CountDownLatch(1);
    private final FutureTask<@Nullable Void> feeder = new FutureTask<>(this::feed);
    private final FutureTask<Counts> reader = new FutureTask<>(this::read);
    private volatile long firstOutcomeNanos;
    private volatile int done;
    private volatile @Nullable String firstFault;

    /// @param progress called with each outcome's number, on the reading thread
    GroupStream(
            String name, Group group, List<byte[]> items, List<Gate> gates, IntConsumer progress) {
        this.name = name;
        this.group = group;
        this.items = items;
        this.gates = gates;
        this.progress = progress;
    }

    GroupStream start() {
        Thread.ofVirtual().name("feed-" + name).start(feeder);
        Thread.ofVirtual().name("read-" + name).start(reader);
        return this;
    }

    String name() {
        return name;
    }

    String version() {
        return group.version();
    }

    int sent() {
        return items.size();
    }

    /// Items that have their outcome.
    int done() {
        return done;
    }

    boolean isEnded() {
        return reader.isDone();
    }

    /// When the first outcome came, on the clock of [System#nanoTime()]; waits for it.
    long firstOutcomeNanos() throws InterruptedException {
        firstOutcome.await();
        return firstOutcomeNanos;
    }

    /// What the first item said that failed, null if none did.
    @Nullable String firstFault() {
        return firstFault;
    }

    /// Waits for the end of the group.
    ///
    /// @throws DemoException if it did not end well
    Counts await() throws DemoException, InterruptedException {
        try {
            feeder.get();
            return reader.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new DemoException(
                    "group " + name + ": " + (cause == null ? e : cause).getMessage());
        } finally {
            group.close();
        }
    }

    /// What the answers say; once the group has ended.
    Tally tally() {
        return tally;
    }

    private @Nullable Void feed() throws InterruptedException {
        for (int i = 0; i < items.size(); i++) {
            for (Gate gate : gates) {
                gate.pass(i);
            }
            group.submit(items.get(i));
            Thread.sleep(PACE_MS);
        }
        group.finish();
        return null;
    }

    private Counts read() {
        try {
            for (Outcome<byte[]> outcome : group) {
                if (done == 0) {
                    firstOutcomeNanos = System.nanoTime();
                    firstOutcome.countDown();
                }
                note(outcome);
                done++;
                progress.accept(done);
            }
            return group.counts();
        } finally {
            firstOutcome.countDown();
        }
    }

    private void note(Outcome<byte[]> outcome) {
        switch (outcome) {
            case Outcome.Ok<byte[]> ok -> {
                try {
                    tally.add(JSON.readTree(ok.data()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            case Outcome.Failed<byte[]> failed -> fault(failed.fault().text());
            case Outcome.Aborted<byte[]> aborted -> fault(aborted.fault().text());
        }
    }

    private void fault(String text) {
        if (firstFault == null) {
            firstFault = text;
        }
    }
}
