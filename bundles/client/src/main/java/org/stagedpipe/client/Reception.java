package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Takes what coordinators say to a [Conversation], on the transport's threads. What comes over a line that the group is not on counts for
/// nothing; what breaks a rule ends the group.
final class Reception {

    private final Conversation conversation;
    private final ReentrantLock lock; // the conversation's
    private final Reopening reopening;
    private final Ledger ledger;
    private final Arrivals arrived;
    private final Departures departures;
    private final Submissions submissions;
    private final @Nullable ItemKeys keys; // of a keyed group

    Reception(
            Conversation conversation,
            ReentrantLock lock,
            Reopening reopening,
            Ledger ledger,
            Arrivals arrived,
            Departures departures,
            Submissions submissions,
            @Nullable ItemKeys keys) {
        this.conversation = conversation;
        this.lock = lock;
        this.reopening = reopening;
        this.ledger = ledger;
        this.arrived = arrived;
        this.departures = departures;
        this.submissions = submissions;
        this.keys = keys;
    }

    void received(Line from, GroupResponse message) {
        try {
            switch (message.getMessageCase()) {
                case OPENED -> opened(from, message.getOpened());
                case OUTCOMES -> arrive(from, from.inbox().read(message.getOutcomes()));
                case CHUNK -> arrive(from, message.getChunk());
                case CLOSED -> closed(from, message.getClosed());
                case MOVED -> moved(from, message.getMoved());
                case MESSAGE_NOT_SET -> {} // of a later version
            }
        } catch (CallException e) {
            broken(from, e);
            return;
        }
        if (conversation.get(() -> conversation.isNewest(from) && arrived.mayAsk())) {
            from.call().request(1);
        }
    }

    /// The line takes more.
    void ready(Line from) {
        departures.send(from);
    }

    /// A line has ended.
    void lost(Line from, CallException why) {
        conversation.change(() -> {
            from.lost(why);
            if (conversation.isOnNow(from)) {
                conversation.lost(why);
            }
        });
    }

    /// The group goes on over this line: what has no outcome goes out again.
    private void opened(Line from, GroupOpened answer) {
        conversation.change(() -> {
            if (!conversation.isOpening(from)) {
                return;
            }
            from.opened(answer);
            conversation.goesOnOver(from);
            reopening.opened(answer.getPlugin());
            if (answer.getMaxItemBytes() > 0) {
                submissions.maxItemBytes(answer.getMaxItemBytes());
                from.inbox().maxResultBytes(answer.getMaxItemBytes());
            }
            departures.begin(answer.getMaxFrameBytes());
            ledger.countAnew();
            ledger.forEachUnanswered(departures::addAgain);
            arrived.forgetOwed();
        });
    }

    /// Items without an outcome have run nowhere yet, and will on that version.
    ///
    /// @throws CallException if the group keeps its version
    private void moved(Line from, PluginVersion version) throws CallException {
        if (!reopening.isFollowing()) {
            throw new CallException(
                    Kind.INTERNAL,
                    "the coordinator moved the group to version "
                            + version.getVersion()
                            + " (expected: the one it was opened with, it does not follow)");
        }
        conversation.change(() -> {
            if (conversation.isOnNow(from) && departures.acknowledge(version)) {
                reopening.moved(version, ledger.counts());
            }
        });
        departures.send(from);
    }

    private void arrive(Line from, Chunk chunk) throws CallException {
        Outcome<byte[]> whole = from.inbox().read(chunk);
        if (whole != null) {
            arrive(from, List.of(whole));
        }
    }

    private void arrive(Line from, List<Outcome<byte[]>> answers) throws CallException {
        lock.lock();
        try {
            if (!conversation.isOnNow(from)) {
                return;
            }
            for (Outcome<byte[]> outcome : answers) {
                if (!ledger.knows(outcome.sequence())) {
                    throw new CallException(
                            Kind.INTERNAL,
                            "the coordinator answered item "
                                    + Long.toUnsignedString(outcome.sequence())
                                    + ", which was never sent");
                }
                handIn(outcome);
            }
            conversation.answered();
        } finally {
            lock.unlock();
        }
    }

    /// A second outcome of an item is dropped: each is handed over once. By the lock.
    void handIn(Outcome<byte[]> outcome) {
        int bytes = ledger.answer(outcome);
        if (bytes >= 0) {
            if (keys != null) {
                keys.forget(outcome.sequence());
            }
            arrived.add(outcome, bytes);
        }
    }

    private void closed(Line from, GroupClosed theirs) throws CallException {
        lock.lock();
        try {
            if (conversation.isOnNow(from)) {
                ledger.checkEnd(theirs, conversation.isToBeComplete());
                conversation.closedThere(theirs.getStopped());
            }
        } finally {
            lock.unlock();
        }
    }

    /// The coordinator learns of it, too.
    private void broken(Line from, CallException why) {
        conversation.change(() -> {
            if (conversation.isOnNow(from)) {
                conversation.broken(why);
            }
        });
        from.call().fail(why);
    }
}
