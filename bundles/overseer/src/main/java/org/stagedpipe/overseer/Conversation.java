package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Shows an operator a change while it runs. The change has a virtual thread of its own and ends as it would also if the
/// operator goes away or reads slowly; one who comes back is shown all of it. For one change.
final class Conversation {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    /// A change that reports its steps and returns what became of the plugin, null if it is of none.
    @FunctionalInterface
    interface Change {
        @Nullable PluginEntry run(Steps steps)
                throws CallException, StoreException, IOException, InterruptedException;
    }

    private final String name;
    // Guarded by this. Unbounded, but a change has few steps: some of its own and two for each
    // worker.
    private final List<Progress> said = new ArrayList<>();
    private boolean isOver;
    private long endedNanos;
    private @Nullable CallException failure;

    Conversation(String name) {
        this.name = name;
    }

    /// Waits for the change, and shows its progress meanwhile.
    void run(Change change, Exchange<Progress, ?> exchange)
            throws CallException, InterruptedException {
        begin(change);
        show(exchange);
    }

    /// Lets the change run, whoever watches.
    void begin(Change change) {
        Thread.ofVirtual().name("change-" + name).start(() -> end(outcome(change)));
    }

    /// Whether it was over then.
    ///
    /// @param nanos as [System#nanoTime]
    synchronized boolean isOverSince(long nanos) {
        return isOver && nanos - endedNanos > 0;
    }

    /// Whether it has ended because something was not there.
    synchronized boolean isLost() {
        return failure != null && failure.kind() == Kind.UNREACHABLE;
    }

    /// Shows it from its beginning, until it is over.
    ///
    /// @throws CallException what it ended with; or why it cannot be shown
    void show(Exchange<Progress, ?> viewer) throws CallException, InterruptedException {
        int shown = 0;
        for (Progress next = step(shown); next != null; next = step(shown)) {
            viewer.send(next);
            shown++;
        }
    }

    /// Waits for it; null if there is none because the change is over.
    private synchronized @Nullable Progress step(int index)
            throws CallException, InterruptedException {
        while (index == said.size() && !isOver) {
            wait();
        }
        if (index < said.size()) {
            return said.get(index);
        }
        if (failure != null) {
            throw failure;
        }
        return null;
    }

    private synchronized void say(Progress step) {
        said.add(step);
        notifyAll();
    }

    private synchronized void end(@Nullable CallException why) {
        failure = why;
        endedNanos = System.nanoTime();
        isOver = true;
        notifyAll();
    }

    private @Nullable CallException outcome(Change change) {
        try {
            PluginEntry result = change.run(steps());
            say(done(name, result));
            LOG.info("{} is through", result == null ? name : name + " of " + result.getName());
            return null;
        } catch (CallException e) {
            LOG.info("{} refused: {}", name, e.getMessage());
            return e;
        } catch (StoreException e) {
            LOG.error("{}: {}", name, e.getMessage());
            return Failures.of(e);
        } catch (IOException e) {
            LOG.error("{}: {}", name, e.toString());
            return Failures.of(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new CallException(Kind.UNREACHABLE, "the overseer stops", e);
        } catch (Throwable e) { // or whoever waits for the change would wait for ever
            LOG.error("{}: a bug", name, e);
            return new CallException(Kind.INTERNAL, "internal error: " + e, e);
        }
    }

    /// The last message of a change that is through, with what it led to if that can be shown.
    static Progress done(String name, @Nullable PluginEntry result) {
        Progress done = Progress.newBuilder().setStep("done").setText(name + " is through").build();
        if (result == null) {
            return done;
        }
        Progress whole = done.toBuilder().setResult(result).build();
        return whole.getSerializedSize() <= Rpcs.MAX_MESSAGE_BYTES ? whole : done;
    }

    private Steps steps() {
        return new Steps() {
            @Override
            public void step(String step, String text, int done, int total) {
                say(
                        Progress.newBuilder()
                                .setStep(step)
                                .setText(text)
                                .setDone(done)
                                .setTotal(total)
                                .build());
            }

            @Override
            public void rollout(RolloutEntry rollout) {
                say(
                        Progress.newBuilder()
                                .setStep("rollout")
                                .setText(rollout.getState() + ": " + rollout.getText())
                                .setRollout(rollout)
                                .build());
            }
        };
    }
}
