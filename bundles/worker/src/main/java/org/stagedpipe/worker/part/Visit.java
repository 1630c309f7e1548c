package org.stagedpipe.worker.part;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.worker.plugin.ForeignThreads;
import org.stagedpipe.worker.plugin.Lease;
import org.stagedpipe.worker.plugin.Texts;
import org.stagedpipe.worker.secret.GroupSecrets;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;

/// A part's calls of the plugin that may last for ever: its open and its close. One thread does each, one waits for it as long as the part
/// does; neither the stream nor the plugin's version waits longer.
final class Visit {

    private static final Logger LOG = LoggerFactory.getLogger(Visit.class);

    /// Told how they go, on threads of their own.
    interface Events {

        /// The plugin has opened the group; whoever is told has both from now on.
        void opened(Session<?, ?, ?> opened, Lease held);

        /// Nothing is open, and nothing is held.
        void failedToOpen(CallException why);

        /// It takes too long: nobody is to wait for it, and it may still be opened.
        void fail(CallException why);

        /// The plugin takes too long to close its resources: the stream is not to wait for it.
        void finish();

        /// The plugin has closed its resources or is let alone; nothing is held.
        void closed();
    }

    private final PartLimits limits;
    private final GroupSecrets secrets;
    private final Answers answers;
    private final OpenFailures refusals;
    private final Events events;

    Visit(
            PartLimits limits,
            GroupSecrets secrets,
            Answers answers,
            OpenFailures refusals,
            Events events) {
        this.limits = limits;
        this.refusals = refusals;
        this.secrets = secrets;
        this.answers = answers;
        this.events = events;
    }

    /// Starts the plugin's open.
    void open(OpenWork open, Lease held) {
        String name = open.getPlugin().getName();
        Thread opener = ForeignThreads.unstarted("part-open-" + name, () -> openOn(open, held));
        Thread.ofVirtual()
                .name("part-opening-" + name)
                .start(() -> {
                    opener.start();
                    if (!ends(opener, limits.openTimeout())) {
                        late(open, opener, held);
                    }
                });
    }

    private void late(OpenWork open, Thread opener, Lease held) {
        String late =
                Texts.of(open.getPlugin())
                        + " has not opened the group within "
                        + limits.openTimeout().toMillis()
                        + " ms";
        LOG.warn("{}; it is at\n    {}", late, Texts.of(opener.getStackTrace()));
        CallException refusal = new CallException(Kind.REFUSED, late);
        events.fail(refusal);
        opener.interrupt();
        if (!ends(opener, limits.openTimeout())) {
            LOG.error(
                    "{}: its open hears no interrupt and is let alone", Texts.of(open.getPlugin()));
            held.close();
            events.failedToOpen(refusal);
        }
    }

    private void openOn(OpenWork open, Lease held) {
        try {
            ByteBuffer group = open.getGroup().asReadOnlyByteBuffer();
            secrets.plugin(held.plugin().version().getName());
            Session<?, ?, ?> opened =
                    Session.open(
                            held.plugin(),
                            new Session.Request(
                                    new UUID(group.getLong(), group.getLong()),
                                    open.getConfiguration(),
                                    secrets,
                                    limits.windowItems(),
                                    Duration.ofMillis(open.getItemDeadlineMs()),
                                    Duration.ofMillis(open.getStageDeadlineMs())),
                            answers);
            events.opened(opened, held);
        } catch (CallException e) {
            held.close();
            if (e.kind() == Kind.REFUSED
                    || e.kind() == Kind.INVALID) { // else only its client hears of it
                refusals.log(open.getPlugin(), e.getMessage());
            }
            events.failedToOpen(e);
        } catch (Throwable e) { // or the part would stay open for ever
            held.close();
            LOG.error(
                    "{}: not opened: {}",
                    Texts.of(open.getPlugin()),
                    Texts.trace(e, secrets::redacted));
            events.failedToOpen(
                    new CallException(
                            Kind.INTERNAL, "internal error: " + Texts.of(e, secrets::redacted)));
        }
    }

    /// Starts the plugin's close, and gives the version back after it.
    ///
    /// @param closing null if nothing was opened
    void close(@Nullable Session<?, ?, ?> closing, @Nullable Lease held) {
        Thread closer = ForeignThreads.unstarted("part-close", () -> closeSession(closing));
        Thread.ofVirtual()
                .name("part-closing")
                .start(() -> {
                    closer.start();
                    if (!ends(closer, limits.openTimeout())) {
                        late(closing, closer);
                    }
                    if (held != null) {
                        held.close();
                    }
                    events.closed();
                });
    }

    private void late(@Nullable Session<?, ?, ?> closing, Thread closer) {
        LOG.warn(
                "{}: the plugin has not closed its resources within {} ms; it is at\n    {}",
                closing,
                limits.openTimeout().toMillis(),
                Texts.of(closer.getStackTrace()));
        closer.interrupt();
        events.finish();
        if (!ends(closer, limits.openTimeout())) {
            LOG.error("{}: the plugin's close hears no interrupt and is let alone", closing);
        }
    }

    private void closeSession(@Nullable Session<?, ?, ?> closing) {
        try {
            if (closing != null) {
                closing.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception | Error e) { // the JVM would write it to standard error as it is
            LOG.warn(
                    "{}: the plugin could not close its resources: {}",
                    closing,
                    Texts.of(e, secrets::redacted));
        }
    }

    private static boolean ends(Thread thread, Duration within) {
        try {
            return thread.join(within);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
