package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Takings.Taker;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.concurrent.Flow;

/// An open request group: items go in with [#submit], and each comes back exactly once as an outcome. Safe for use by
/// many threads. It owns a stream and a virtual thread that sends; [#close] ends both. When its coordinator is lost it
/// goes on with another one by itself.
///
/// The outcomes are one stream, whoever reads it: [#take], [#poll], the iterator and the publisher share it. They have to
/// be read while items are submitted, by another thread or in turns: what is not read fills the window, and a full window
/// makes [#submit] wait.
public final class Group implements AutoCloseable, Iterable<Outcome<byte[]>> {

    private final UUID id;
    private final Conversation conversation;

    Group(UUID id, Conversation conversation) {
        this.id = id;
        this.conversation = conversation;
    }

    /// The group's id, as operators see it.
    public UUID id() {
        return id;
    }

    /// The name of the plugin.
    public String plugin() {
        return conversation.served().plugin().getName();
    }

    /// The version of the plugin that serves this group: to its end, or in a [GroupBuilder#following] one until it moves.
    public String version() {
        return conversation.served().plugin().getVersion();
    }

    /// How many items ended so far, well or by a fault of their own, on which version, in the order in which the versions came.
    public Map<String, Long> servedBy() {
        return conversation.served().items();
    }

    /// The name of the coordinator that serves it, or served it last.
    public String coordinator() {
        return conversation.line().coordinator();
    }

    /// How often the group has lost its coordinator and gone on with another one.
    public int resumes() {
        return conversation.resumes();
    }

    /// Where the group is now, to go on with it after a crash of this process: stored together with the effects of the
    /// outcomes that were taken, it makes them happen exactly once. Call it from the thread that takes outcomes, between
    /// the effects of one outcome and the take of the next.
    public ResumeToken token() {
        return conversation.token();
    }

    /// Sends an item. Waits while the window is full, and then until there is room for many, or all outcomes that are
    /// there were taken; an interrupt ends the wait, and the item is then not sent.
    ///
    /// @param item must not change until its outcome is there; an item may be empty
    /// @return the item's sequence, from 0 on; its outcome carries it. In a group that goes on with a [ResumeToken] these are
    ///     first, ascending, those below [ResumeToken#next] that are not done, then those from there on
    /// @throws ClientException if the item is larger than items may be, then the group goes on; or if the group has
    ///     ended, was finished or was cancelled; the text says why an operator or the coordinator has ended it
    public long submit(byte[] item) throws InterruptedException {
        return conversation.submissions().submit(0, item);
    }

    /// Sends an item of a keyed group. Items of one key run one after the other, in the order in which they were submitted,
    /// on one worker at a time; those of other keys run beside them. One that failed by its deadline is over, though a stage that hears no
    /// interrupt may still run. Otherwise as [#submit(byte[])].
    ///
    /// @param key any number but 0
    /// @throws IllegalArgumentException if the group is not keyed, or the key is 0
    public long submit(long key, byte[] item) throws InterruptedException {
        if (key == 0) {
            throw new IllegalArgumentException("key: 0 (expected: any other number)");
        }
        return conversation.submissions().submit(key, item);
    }

    /// The same for a key that is a text. Two texts may share their number of 64 bits; then they are one key.
    public long submit(String key, byte[] item) throws InterruptedException {
        return conversation.submissions().submit(ItemKeys.number(key), item);
    }

    /// Sends items, as [#submit(byte[])] of one after the other does. Cheaper than that where they are small and many.
    ///
    /// @param items none of them must change until its outcome is there, nor the list until this returns. They are read in
    ///     their order, some before those ahead of them are sent, at most 256; where the list throws, those are not, and
    ///     [#counts] says how many are
    /// @throws ClientException as [#submit(byte[])] does, for the first one that is not sent; those before it are
    public void submitAll(List<byte[]> items) throws InterruptedException {
        conversation.submissions().submitAll(items);
    }

    /// The next outcome, null once the group has ended and all were taken. Waits for it.
    ///
    /// @throws ClientException if the group did not end well: its coordinator is lost and no other one took it within
    ///     [GroupBuilder#resumeTimeout], or the counts do not agree; comes after the last outcome that was received. CONFLICT:
    ///     another process of this client goes on with it, see [GroupBuilder#resume]
    public @Nullable Outcome<byte[]> take() throws InterruptedException {
        return conversation.takings().take(null, Taker.EAGER);
    }

    /// The next outcome, null if none comes in that time or [#isEnded()]. Otherwise as [#take].
    public @Nullable Outcome<byte[]> poll(Duration timeout) throws InterruptedException {
        return conversation.takings().take(Limits.bounded(timeout), Taker.EAGER);
    }

    /// Takes the outcomes that are there, at most that many, and waits for the first of them. Cheaper than [#take] for
    /// each of them where they are small and many.
    ///
    /// @param into gets them, in the order in which they came. Where it throws, what it has taken before is handed over, and
    ///     the rest is there for the next call. It may ask the group, but must not wait for a submit that waits for room, nor take
    ///     and wait for the end, itself or by another thread: what it gets makes room, and is taken, when it has got all of it
    /// @param most at least 1
    /// @return how many; 0 once the group has ended and all were taken
    /// @throws ClientException as [#take] does
    public int takeAll(Collection<? super Outcome<byte[]>> into, int most)
            throws InterruptedException {
        if (most < 1) {
            throw new IllegalArgumentException("outcomes: " + most + " (expected: >= 1)");
        }
        return conversation.takings().takeAll(into, most);
    }

    /// The outcomes that are not taken yet, to the end of the group. Its methods wait as [#take] does, and throw what it
    /// throws; an interrupt is a [ClientException] of the kind CANCELLED.
    @Override
    public Iterator<Outcome<byte[]>> iterator() {
        return new Iterator<>() {
            private @Nullable Outcome<byte[]> next;

            @Override
            public boolean hasNext() {
                if (next == null) {
                    next = takeOrThrow();
                }
                return next != null;
            }

            @Override
            public Outcome<byte[]> next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException("group " + id + " has ended");
                }
                Outcome<byte[]> taken = next;
                next = null;
                return taken;
            }
        };
    }

    private @Nullable Outcome<byte[]> takeOrThrow() {
        try {
            return take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException(Kind.CANCELLED, "group " + id + ": interrupted", e);
        }
    }

    /// The outcomes that are not taken yet, for subscribers with a demand of their own. Each subscription has a virtual
    /// thread that takes as many as were asked for; several of them share the outcomes. Cancelling a subscription leaves
    /// the group as it is, and does not interrupt the subscriber.
    ///
    /// A subscriber that throws ends the group as [#cancel] does, and gets what it threw by `onError`, as the cause of a
    /// [ClientException]. The outcome that it had then counts as handed over.
    public Flow.Publisher<Outcome<byte[]>> publisher() {
        return subscriber -> OutcomeSubscription.start(id, conversation, subscriber);
    }

    /// No more items follow. Does not wait: the outcomes still come, then the group ends. Has no effect the second time.
    public void finish() {
        conversation.finish();
    }

    /// Ends the group: items that are not done come back as [Outcome.Aborted], then the group ends. Does not wait; the
    /// coordinator has [GroupBuilder#cancelTimeout] to answer. Once [#finish] has told it that nothing follows it cannot be told of
    /// a cancel: then the call ends at once, and outcomes on their way are lost to it. Has no effect the second time.
    ///
    /// @param reason stands in the faults; null is as good as empty
    public void cancel(@Nullable String reason) {
        conversation.cancel(reason);
    }

    /// Whether the group has ended, well or not, and all outcomes were taken.
    public boolean isEnded() {
        return conversation.isEnded();
    }

    /// What became of the items so far. Final, and checked against the coordinator's counts, once [#take] answers null.
    public Counts counts() {
        return conversation.counts();
    }

    /// Cancels the group unless it has ended, and leaves its connection. Does not wait. Has no effect the second time.
    @Override
    public void close() {
        conversation.close();
    }
}
