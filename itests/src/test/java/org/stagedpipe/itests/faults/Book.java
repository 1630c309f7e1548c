package org.stagedpipe.itests.faults;

import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The oracle: what was submitted to one group, and whether each outcome is the right one. Safe for use by many threads.
final class Book {

    private static final int FINDINGS = 5;

    private final String group;
    private final boolean ordered;
    private final int keys;
    private final Map<Long, Long> lastOfKey = new HashMap<>(); // sequences
    private final Map<Long, Long> endOfKey =
            new HashMap<>(); // when the last one was done at the earliest
    private final Map<Long, byte[]> digests = new HashMap<>();
    private final Map<Long, Integer> outcomes = new HashMap<>();
    private final Map<Long, Fault.Kind> mustFail = new HashMap<>();
    private final List<Fault> faults = new ArrayList<>(); // that had to be
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private String version = "";
    private String groupOfKeys = ""; // as the first answer has it
    private boolean follows;
    private final Map<Long, String> servedBy = new TreeMap<>(); // of a group that follows
    private long next; // the sequence that an ordered group must answer now
    private long duplicated;
    private long wrong;

    /// An outcome that came.
    ///
    /// @param attempt in which it was made
    /// @param startedMs when the plugin began with it, since 1970
    /// @param arrivedMs when it was handed over, since 1970
    record Arrival(int attempt, long startedMs, long arrivedMs) {}

    Book(String group, boolean ordered) {
        this(group, ordered, 0);
    }

    /// @param keys if it is not 0, items whose sequences are the same modulo that have one key, and run one after the other
    Book(String group, boolean ordered, int keys) {
        this.group = group;
        this.ordered = ordered;
        this.keys = keys;
    }

    /// The group has opened on that version of the plugin.
    synchronized void opened(String pluginVersion) {
        version = pluginVersion;
    }

    /// It moves to other versions between two items.
    synchronized void follows() {
        follows = true;
    }

    /// The next item is about to be submitted.
    synchronized void submitted(long sequence, byte[] item) {
        digests.put(sequence, EchoItem.digest(item));
    }

    /// An item that was submitted must end with that fault.
    synchronized void mustFail(long sequence, Fault.Kind kind) {
        mustFail.put(sequence, kind);
    }

    /// The item was not taken: the group has ended.
    synchronized void refused(long sequence) {
        digests.remove(sequence);
        mustFail.remove(sequence);
    }

    /// An outcome was handed over.
    synchronized void outcome(Outcome<byte[]> outcome) {
        long sequence = outcome.sequence();
        if (outcomes.merge(sequence, 1, Integer::sum) > 1) {
            duplicated++;
            find("item " + sequence + " has another outcome");
            return;
        }
        if (ordered && sequence != next) {
            wrong("item " + sequence + " came (expected: " + next + ")");
        }
        next = Math.max(next, sequence + 1);
        Fault.Kind expected = mustFail.get(sequence);
        switch (outcome) {
            case Outcome.Ok<byte[]> ok -> {
                check(sequence, ok.data());
                if (expected != null) {
                    wrong("item " + sequence + ": an answer (expected: " + expected + ")");
                }
            }
            case Outcome.Failed<byte[]> failed -> {
                if (failed.fault().kind() == expected) {
                    faults.add(failed.fault());
                } else {
                    wrong("item " + sequence + ": " + failed.fault());
                }
            }
            case Outcome.Aborted<byte[]> aborted ->
                    wrong("item " + sequence + ": " + aborted.fault());
        }
    }

    private void check(long sequence, byte[] bytes) {
        byte[] expected = digests.get(sequence);
        EchoItem.Answer answer;
        try {
            answer = EchoItem.Answer.read(bytes);
        } catch (IOException e) {
            wrong("item " + sequence + ": no answer of the plugin: " + e);
            return;
        }
        arrivals.add(new Arrival(answer.attempt(), answer.startedMs(), System.currentTimeMillis()));
        if (expected == null) {
            wrong("item " + sequence + " was never submitted");
        } else if (!Arrays.equals(expected, answer.digest())) {
            wrong("item " + sequence + ": other bytes came to the plugin");
        } else if (!Arrays.equals(expected, EchoItem.digest(answer.item()))) {
            wrong("item " + sequence + ": other bytes came back");
        }
        if (groupOfKeys.isEmpty()) {
            groupOfKeys = answer.key().split("/", -1)[0];
        }
        if (!answer.key().equals(groupOfKeys + "/" + sequence)) {
            wrong(
                    "item %d: idempotency key %s (expected: %s/%d)"
                            .formatted(sequence, answer.key(), groupOfKeys, sequence));
        }
        if (keys > 0) {
            checkKey(sequence, answer);
        }
        if (follows) {
            servedBy.put(sequence, answer.version());
        } else if (!answer.version().equals(version)) {
            wrong("item " + sequence + ": by " + answer.version() + " (expected: " + version + ")");
        }
    }

    private void checkKey(long sequence, EchoItem.Answer answer) {
        long key = sequence % keys;
        Long before = lastOfKey.put(key, sequence);
        if (before != null && before > sequence) {
            wrong("item " + sequence + " of key " + key + " came after " + before);
        }
        Long end = endOfKey.put(key, answer.startedMs() + EchoItem.workMs(answer.item()));
        if (end != null && answer.startedMs() < end) {
            wrong("item " + sequence + " of key " + key + " began before " + before + " was done");
        }
    }

    /// Which versions served its items, in the items' order. Of a group that follows.
    synchronized List<String> versions() {
        List<String> versions = new ArrayList<>();
        for (String next : servedBy.values()) {
            if (versions.isEmpty() || !versions.getLast().equals(next)) {
                versions.add(next);
            }
        }
        return versions;
    }

    /// The group has ended.
    synchronized void ended(Counts counts) {
        long items = digests.size();
        if (counts.accepted() != items
                || counts.ok() + counts.failed() + counts.aborted() != items
                || counts.failed() < mustFail.size()) {
            wrong(counts + " (expected: " + items + " accepted, " + mustFail.size() + " failed)");
        }
        List<String> versions = versions();
        boolean isMixed = new HashSet<>(versions).size() < versions.size();
        if (follows && (isMixed || versions.indexOf(version) != 0)) {
            wrong("versions " + versions + " in turns (expected: from " + version + " on)");
        }
    }

    /// Something about the group as a whole is not as it must be.
    synchronized void wrong(String what) {
        wrong++;
        find(what);
    }

    private void find(String what) {
        if (findings.size() < FINDINGS) {
            findings.add("group " + group + ": " + what);
        }
    }

    /// How many items have an outcome.
    synchronized long answered() {
        return outcomes.size();
    }

    /// How many items have none yet.
    synchronized long unanswered() {
        return digests.size() - outcomes.size();
    }

    /// The faults of items that had to fail.
    synchronized List<Fault> faults() {
        return List.copyOf(faults);
    }

    synchronized List<Arrival> arrivals() {
        return List.copyOf(arrivals);
    }

    /// Final once the group has ended.
    synchronized Sums sums() {
        long lost = digests.keySet().stream().filter(item -> !outcomes.containsKey(item)).count();
        return new Sums(digests.size(), lost, duplicated, wrong);
    }

    /// The first things that were wrong, for a person.
    synchronized List<String> findings() {
        return List.copyOf(findings);
    }
}
