package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/// The overseer of a command that lasts. When it is lost, it is looked for again for a while: soon another one leads, or
/// the same one is back. For one thread, which closes it.
final class LastingOverseer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(250);

    /// While one bundle is published; with this one it ends. Whatever ends each of them may be the bundle.
    private static final int MAX_LOST = 3;

    private final ConsoleContext context;
    private final ProgressView progress;
    private final Duration patience;
    private final Set<Endpoint> told = new LinkedHashSet<>(); // by those that answered
    private AdminClient admin;

    /// Connects at once.
    ///
    /// @param progress told what is lost and found
    /// @throws CallException if none answers
    LastingOverseer(ConsoleContext context, ProgressView progress)
            throws CallException, InterruptedException {
        this(context, progress, PATIENCE);
    }

    /// @param patience for how long a lost one is looked for
    LastingOverseer(ConsoleContext context, ProgressView progress, Duration patience)
            throws CallException, InterruptedException {
        this.context = context;
        this.progress = progress;
        this.patience = patience;
        this.admin = connect();
    }

    /// To one that the command was given, or that one of these has named.
    private AdminClient connect() throws CallException, InterruptedException {
        AdminClient found = context.connect(told);
        try {
            found.overseer().getOverseersList().forEach(one -> told.add(Endpoint.parse(one)));
        } catch (IllegalArgumentException e) { // it is known without
            context.detail("an overseer names one that is no address: " + e.getMessage());
        }
        return found;
    }

    /// The one that answered last.
    AdminClient admin() {
        return admin;
    }

    /// Asks it, or the one that is found in its place.
    ///
    /// @throws CallException UNREACHABLE if none was found in time; others as they come
    <T> T ask(Question<T> question) throws CallException, InterruptedException {
        try {
            return question.of(admin);
        } catch (CallException e) {
            if (!isLost(e)) {
                throw e;
            }
            return askAnother(question, e);
        }
    }

    /// Publishes a bundle. If the overseer is lost before the command hears of a rollout, the next one is asked for the same, from the
    /// first byte that it lacks: what the one before had begun and not written down is gone with it, and a rollout that it had written
    /// down bears the request, by which the next one finds and follows it. It may be the same one, which begins again what it could
    /// not reach something for before it wrote a rollout down.
    ///
    /// @throws CallException as [AdminClient#publish]; UNREACHABLE if none was found in time; what the last one was lost with if these
    ///     were [#MAX_LOST]
    Optional<PluginEntry> publish(
            AdminClient.Wish wish, Path jar, @Nullable Duration timeout, PublishListener listener)
            throws CallException, IOException, InterruptedException {
        for (int lost = 1; ; lost++) {
            Told told = new Told(listener);
            try {
                return admin.publish(wish, jar, timeout, told);
            } catch (CallException e) {
                boolean mayGoOn = // at one that is silent only
                        e.kind() == Kind.TIMED_OUT && told.isAsked;
                if (!isLost(e) || told.isRollout || mayGoOn || lost == MAX_LOST) {
                    throw e;
                }
                listener.anew();
                askAnother(AdminClient::overseer, e);
            }
        }
    }

    /// What the one that answers has said.
    private static final class Told implements PublishListener {

        private final PublishListener listener;
        private boolean isAsked;
        private boolean isRollout;

        Told(PublishListener listener) {
            this.listener = listener;
        }

        @Override
        public void step(Progress progress) {
            isRollout |= progress.hasRollout();
            listener.step(progress);
        }

        @Override
        public void asked() {
            isAsked = true;
            listener.asked();
        }

        @Override
        public void anew() {
            listener.anew();
        }

        @Override
        public void uploaded(long bytes, long size) {
            listener.uploaded(bytes, size);
        }
    }

    /// Whether another overseer knows more: also what became of a change that this one said no end of.
    static boolean isLost(CallException e) {
        return e.kind() == Kind.UNREACHABLE || e.kind() == Kind.TIMED_OUT;
    }

    private <T> T askAnother(Question<T> question, CallException lost)
            throws CallException, InterruptedException {
        progress.say(
                "the overseer is lost ("
                        + lost.getMessage()
                        + "); looking for one for "
                        + patience.toSeconds()
                        + " s");
        long begun = System.nanoTime();
        CallException last = lost;
        while (System.nanoTime() - begun < patience.toNanos()) {
            Thread.sleep(PAUSE);
            try {
                admin.close();
                admin = connect();
                T answer = question.of(admin);
                progress.say("overseer " + admin.overseer().getName() + " answers");
                return answer;
            } catch (CallException e) {
                if (!isLost(e)) {
                    throw e;
                }
                last = e;
            }
        }
        throw new CallException(
                Kind.UNREACHABLE,
                "no overseer for " + patience.toSeconds() + " s: " + last.getMessage(),
                last);
    }

    @Override
    public void close() {
        admin.close();
    }

    /// What may be asked twice.
    @FunctionalInterface
    interface Question<T> {
        T of(AdminClient admin) throws CallException, InterruptedException;
    }
}
