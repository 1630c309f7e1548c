package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// The thread of a group: sends what was submitted and nobody else sends, says when nothing follows, and when a coordinator
/// is lost opens the group on another one, where it sends what has no outcome again. It lives as long as the group.
final class Sender {

    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 2_000;

    /// Coordinators that are lost one after the other while items of the group had no outcome: it may be the cause.
    private static final int MOST_IN_VAIN = 10;

    private final Conversation group;
    private final Limits limits;
    private final Opener opener;
    private final Thread thread;

    Sender(Conversation group, String title, Limits limits, Opener opener) {
        this.group = group;
        this.limits = limits;
        this.opener = opener;
        this.thread = Thread.ofVirtual().name("client-send-" + title).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Ends a wait for another coordinator.
    void interrupt() {
        thread.interrupt();
    }

    private void run() {
        try {
            for (Line line = group.line(); line != null; line = next(line)) {
                sendAll(line);
            }
        } catch (InterruptedException e) {
            // Only close and cancel do that, while it looks for a coordinator.
            group.gaveUp(new CallException(Kind.CANCELLED, "interrupted"));
        } catch (Throwable e) {
            // Memory may run out, and whoever waits for an outcome has to hear of it.
            group.gaveUp(new CallException(Kind.INTERNAL, "internal error: " + e, e));
            group.line().close("internal error");
        }
    }

    /// Sends until the group or the line has ended.
    private void sendAll(Line out) throws InterruptedException {
        while (group.departures().await(out)) {
            group.departures().send(out);
        }
        if (!group.isOn(out)) {
            return; // the end of our side would say that the group is finished
        }
        String cancelled = group.cancelReason();
        if (cancelled != null) {
            CancelGroup cancel = CancelGroup.newBuilder().setReason(cancelled).build();
            out.call().send(GroupRequest.newBuilder().setCancel(cancel).build());
        }
        out.call().complete();
        if (!group.awaitEnd(out, cancelled == null ? null : limits.cancelTimeout())) {
            out.call().fail(new CallException(Kind.CANCELLED, "no answer to the cancel"));
            group.awaitEnd(out, null);
        }
    }

    /// The line after one that has ended; null if the group has.
    private @Nullable Line next(Line last) throws InterruptedException {
        if (!group.isLost()) {
            return null;
        }
        last.close("its connection is lost");
        Map<String, String> avoid = new LinkedHashMap<>();
        avoid.put(last.coordinator(), last.where());
        int toBlame = group.resumesToBlame();
        if (toBlame >= MOST_IN_VAIN) {
            group.gaveUp(
                    new CallException(
                            Kind.UNREACHABLE,
                            toBlame + " coordinators were lost without a single outcome"));
            return null;
        }
        return look(avoid, group.resumesInVain());
    }

    private @Nullable Line look(Map<String, String> avoid, int vain) throws InterruptedException {
        long end = System.nanoTime() + limits.resumeTimeout().toNanos();
        CallException said = null;
        for (int round = vain; group.isLost(); round++) {
            if (round > 0) {
                pause(round);
            }
            try {
                opener.reopen(group, avoid, end);
                return group.line();
            } catch (CallException e) {
                if (said == null || isSilence(said.kind()) || !isSilence(e.kind())) {
                    said = e; // not the silence of the last attempt, which has hardly any time
                }
                if (isFinal(e.kind()) || end - System.nanoTime() <= 0) {
                    group.gaveUp(
                            new CallException(
                                    said.kind(),
                                    "not resumed elsewhere: " + said.getMessage(),
                                    said));
                    return null;
                }
            }
        }
        return null;
    }

    /// Many clients lose a coordinator at once: they do not come back at once.
    static void pause(int round) throws InterruptedException {
        long longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(round, 10));
        Thread.sleep(longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1));
    }

    private static boolean isSilence(Kind kind) {
        return kind == Kind.UNREACHABLE || kind == Kind.TIMED_OUT;
    }

    /// Whether no coordinator will ever take it. Each of our attempts has a higher epoch than the one before: who has seen one
    /// that is not lower has seen another process, which went on with the group while this one stood still or was cut off.
    ///
    /// The group was open with its version and configuration: who does not know the one or cannot read the other lacks
    /// something that others have, or that is yet to come.
    private static boolean isFinal(Kind kind) {
        return switch (kind) {
            case NOT_PERMITTED, INTERNAL, CONFLICT, EXISTS -> true;
            case UNREACHABLE, TIMED_OUT, BUSY, REFUSED, CANCELLED, NOT_FOUND, INVALID -> false;
        };
    }
}
