package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/// The overseer of a command that lasts. When it is lost, it is looked for again for a while: soon another one leads, or
/// the same one is back. For one thread, which closes it.
final class LastingOverseer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(250);

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
