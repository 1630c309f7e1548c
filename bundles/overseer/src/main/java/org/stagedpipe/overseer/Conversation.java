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

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// Shows an operator a change while it runs. The change has a virtual thread of its own and ends as it would also if the
/// operator goes away or reads slowly. For one change.
final class Conversation {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    /// A change that reports its steps and returns what became of the plugin, null if it is of none.
    @FunctionalInterface
    interface Change {
        @Nullable PluginEntry run(Steps steps)
                throws CallException, StoreException, IOException, InterruptedException;
    }

    private final Exchange<Progress, ?> exchange;
    private final String name;
    // Unbounded, but a change has few steps: some of its own and two for each worker.
    private final BlockingQueue<Optional<Progress>> progress = new LinkedBlockingQueue<>();
    private volatile @Nullable CallException failure;

    Conversation(Exchange<Progress, ?> exchange, String name) {
        this.exchange = exchange;
        this.name = name;
    }

    /// Waits for the change, and sends its progress meanwhile.
    void run(Change change) throws CallException, InterruptedException {
        Thread.ofVirtual()
                .name("change-" + name)
                .start(() -> {
                    failure = outcome(change);
                    progress.add(Optional.empty());
                });
        for (Optional<Progress> next = progress.take(); next.isPresent(); next = progress.take()) {
            exchange.send(next.get());
        }
        CallException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    private @Nullable CallException outcome(Change change) {
        try {
            PluginEntry result = change.run(steps());
            Progress.Builder done =
                    Progress.newBuilder().setStep("done").setText(name + " is through");
            if (result != null) {
                done.setResult(result);
            }
            progress.add(Optional.of(done.build()));
            LOG.info("{} is through", result == null ? name : name + " of " + result.getName());
            return null;
        } catch (CallException e) {
            LOG.info("{} refused: {}", name, e.getMessage());
            return e;
        } catch (StoreException e) {
            LOG.error("{}: {}", name, e.getMessage());
            return new CallException(Kind.UNREACHABLE, e.getMessage(), e); // made or not
        } catch (IOException e) {
            LOG.error("{}: {}", name, e.toString());
            return new CallException(Kind.INTERNAL, "the disk of the overseer: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new CallException(Kind.UNREACHABLE, "the overseer stops", e);
        } catch (Throwable e) { // or whoever waits for the change would wait for ever
            LOG.error("{}: a bug", name, e);
            return new CallException(Kind.INTERNAL, "internal error: " + e, e);
        }
    }

    private Steps steps() {
        return new Steps() {
            @Override
            public void step(String step, String text, int done, int total) {
                Conversation.this.step(step, text, done, total);
            }

            @Override
            public void rollout(RolloutEntry rollout) {
                progress.add(
                        Optional.of(
                                Progress.newBuilder()
                                        .setStep("rollout")
                                        .setText(rollout.getState() + ": " + rollout.getText())
                                        .setRollout(rollout)
                                        .build()));
            }
        };
    }

    private void step(String step, String text, int done, int total) {
        progress.add(
                Optional.of(
                        Progress.newBuilder()
                                .setStep(step)
                                .setText(text)
                                .setDone(done)
                                .setTotal(total)
                                .build()));
    }
}
