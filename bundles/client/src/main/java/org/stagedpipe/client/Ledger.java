package org.stagedpipe.client;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Which items have no outcome yet, with their bytes, and the counts of the others. Not safe for use by many threads.
final class Ledger {

    private final Unanswered unanswered = new Unanswered();
    private final Sequences sequences;
    private long accepted;
    private long ok;
    private long failed;
    private long aborted;
    private long abortedHere;
    private Counts before = new Counts(0, 0, 0, 0); // the present coordinator

    Ledger(Sequences sequences) {
        this.sequences = sequences;
    }

    /// A new item's sequence.
    long accept(byte[] item) {
        long sequence = sequences.take();
        unanswered.put(sequence, item);
        accepted++;
        return sequence;
    }

    /// Whether that sequence was ever given out.
    boolean knows(long sequence) {
        return sequence >= 0 && sequence < sequences.next();
    }

    Sequences sequences() {
        return sequences;
    }

    /// The items without an outcome, in ascending sequences.
    void forEachUnanswered(BiConsumer<Long, byte[]> use) {
        unanswered.forEach(use);
    }

    /// The first sequence above all items without an outcome: nothing from there on was sent before and is sent again.
    long firstThatIsNew() {
        long[] all = unanswered.sequences();
        return all.length == 0 ? 0 : all[all.length - 1] + 1;
    }

    /// Another coordinator counts from here on.
    void countAnew() {
        before = counts();
    }

    /// Takes an item's outcome: the item's size, or -1 if it had one already.
    int answer(Outcome<byte[]> outcome) {
        byte[] item = unanswered.remove(outcome.sequence());
        if (item == null) {
            return -1;
        }
        switch (outcome) {
            case Outcome.Ok<byte[]> _ -> ok++;
            case Outcome.Failed<byte[]> _ -> failed++;
            case Outcome.Aborted<byte[]> _ -> aborted++;
        }
        return item.length;
    }

    /// The outcomes of what the coordinator will not answer any more; hand each to [#answer].
    List<Outcome<byte[]>> abort(String text) {
        List<Outcome<byte[]>> outcomes = new ArrayList<>(unanswered.size());
        Fault fault = new Fault(Fault.Kind.CANCELLED, null, 0, text, true);
        for (long sequence : unanswered.sequences()) {
            outcomes.add(new Outcome.Aborted<>(sequence, fault));
        }
        abortedHere += outcomes.size();
        return outcomes;
    }

    long missing() {
        return unanswered.size();
    }

    /// The same for a text.
    String missingText() {
        return missing() + " of " + accepted + " items have no outcome";
    }

    Counts counts() {
        return new Counts(accepted, ok, failed, aborted);
    }

    /// The coordinator has closed the group.
    ///
    /// @param wanted whether we finished it, and did not cancel it
    /// @throws CallException if its counts are not ours, or it left items out without a reason
    void checkEnd(GroupClosed theirs, boolean wanted) throws CallException {
        String disagreement = disagreement(theirs);
        if (disagreement != null) {
            throw new CallException(Kind.INTERNAL, disagreement);
        }
        boolean early = !wanted || theirs.getAborted() > 0 || !theirs.getStopped().isEmpty();
        if (missing() > 0 && !early) {
            throw new CallException(Kind.INTERNAL, "the coordinator closed the group early");
        }
    }

    /// What the coordinator's counts say against ours, null if they agree.
    private @Nullable String disagreement(GroupClosed theirs) {
        long okThere = ok - before.ok();
        long failedThere = failed - before.failed();
        long abortedThere = aborted - abortedHere - before.aborted();
        long answered = okThere + failedThere + abortedThere;
        boolean agree =
                theirs.getAccepted() == answered
                        && theirs.getOk() == okThere
                        && theirs.getFailed() == failedThere
                        && theirs.getAborted() == abortedThere;
        if (agree) {
            return null;
        }
        return "the coordinator counts "
                + text(
                        theirs.getAccepted(),
                        theirs.getOk(),
                        theirs.getFailed(),
                        theirs.getAborted())
                + ", but "
                + text(answered, okThere, failedThere, abortedThere)
                + " came here";
    }

    private static String text(long accepted, long ok, long failed, long aborted) {
        return accepted
                + " accepted, "
                + ok
                + " ok, "
                + failed
                + " failed, "
                + aborted
                + " aborted";
    }
}
