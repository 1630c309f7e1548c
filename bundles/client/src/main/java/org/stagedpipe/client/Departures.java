package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What was submitted, on its way out. Whoever has a reason sends it, one thread at a time:
///
/// - the thread that submits, a lone item, a full frame, and what it submits at once: nobody has to be woken for it;
/// - the transport's thread, when the line was busy and takes more;
/// - the [Sender], the rest. While it is woken, more is submitted, and goes with it.
///
/// All fields belong to the conversation's lock, which nobody holds while a message is made and sent.
final class Departures {

    /// Whatever the coordinator takes: an array of 512 KiB is a humongous object in a small heap.
    private static final int MAX_FRAME_BYTES = 256 << 10;

    private final Conversation group;
    private final ReentrantLock lock;
    private final Condition changes;
    private final @Nullable ItemKeys keys;
    private Outbox outbox;
    private boolean senderWaits;
    private boolean halfClosed;

    /// @param changes of the conversation; the sender waits for them
    /// @param keys of a keyed group, else null
    Departures(Conversation group, ReentrantLock lock, Condition changes, @Nullable ItemKeys keys) {
        this.group = group;
        this.lock = lock;
        this.changes = changes;
        this.keys = keys;
        this.outbox = new Outbox(MAX_FRAME_BYTES, keys);
    }

    /// Begins anew, on another line. By the lock.
    ///
    /// @param maxFrameBytes as its coordinator says; 0 if it does not
    void begin(int maxFrameBytes) {
        outbox =
                new Outbox(
                        maxFrameBytes > 0
                                ? Math.min(maxFrameBytes, MAX_FRAME_BYTES)
                                : MAX_FRAME_BYTES,
                        keys);
        halfClosed = false;
    }

    /// An item is to go. By the lock.
    ///
    /// @param atOnce whether nothing follows for which it could wait
    /// @return the line on which the caller has to [#send], without the lock; null if somebody else does
    @Nullable Line add(long sequence, byte[] item, boolean atOnce) {
        boolean isFirst = outbox.isEmpty();
        outbox.add(sequence, item);
        boolean isDue = atOnce || outbox.isFull();
        return isDue || isFirst ? due(isDue) : null;
    }

    private @Nullable Line due(boolean isDue) {
        Line out = group.openLine();
        if (out == null || out.isSending() || !out.call().isReady()) {
            return null; // whoever sends goes on; a busy line says when it takes more
        }
        if (isDue) {
            return out;
        }
        wakeSender();
        return null;
    }

    /// The coordinator is told that its group moves. By the lock.
    ///
    /// @return false if nothing can be said any more: the group stays then
    boolean acknowledge(PluginVersion version) {
        if (halfClosed) {
            return false;
        }
        outbox.acknowledge(version);
        return true;
    }

    /// An item that goes out again. By the lock.
    void addAgain(long sequence, byte[] item) {
        outbox.add(sequence, item);
    }

    /// Nothing more goes. By the lock.
    void clear() {
        outbox.clear();
    }

    /// Whether the end of our side is said. By the lock.
    boolean isHalfClosed() {
        return halfClosed;
    }

    /// Sends what there is, as long as the line takes it. Does nothing if another thread does so. Without the lock.
    void send(Line out) {
        Outbox.Load next = take(out, false);
        boolean sends = next != null;
        try {
            for (; next != null; next = take(out, true)) {
                out.call().send(next.message());
            }
            sends = false;
        } catch (Throwable e) { // what it has taken would never go out
            group.failed(out, e);
        } finally {
            if (sends) {
                giveUp(out);
            }
        }
    }

    /// A message could not be made or sent: nobody sends on that line any more, and nobody waits until it is.
    private void giveUp(Line out) {
        lock.lock();
        try {
            out.sending(false);
            wakeSender();
        } finally {
            lock.unlock();
        }
    }

    private Outbox.@Nullable Load take(Line out, boolean isSending) {
        lock.lock();
        try {
            if (out.isSending() != isSending) {
                return null;
            }
            boolean more = group.sendsOn(out) && !outbox.isEmpty() && out.call().isReady();
            Outbox.Load next = more ? outbox.next() : null;
            out.sending(more);
            if (isSending && !more && (group.isFinishing() || !group.sendsOn(out))) {
                wakeSender(); // for the end
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until there is something to send and the line takes it, and nobody sends it. False when nothing follows on
    /// this line; nobody sends there then.
    boolean await(Line out) throws InterruptedException {
        lock.lock();
        try {
            while (group.sendsOn(out)) {
                if (!out.isSending()) {
                    if (outbox.isEmpty() && group.isFinishing()) {
                        halfClosed = true;
                        return false;
                    }
                    if (!outbox.isEmpty() && out.call().isReady()) {
                        return true;
                    }
                }
                awaitChange();
            }
            while (out.isSending()) {
                awaitChange();
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void awaitChange() throws InterruptedException {
        senderWaits = true;
        try {
            changes.await();
        } finally {
            senderWaits = false;
        }
    }

    private void wakeSender() {
        if (senderWaits) {
            senderWaits = false;
            changes.signalAll();
        }
    }
}
