package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Who changed what: [AuditPages] that the overseers share, written before a change begins, when it knows what it is about, and after
/// it has ended. A change that cannot be written down is not made.
///
/// They hold the newest entries in the order in which they began; the oldest go. What coordinators report has pages of its own. Every entry that has ended is
/// in the program's log as well, which may be kept for longer. A line that cannot be read is shown as damaged and stands in
/// no change's way. Safe for use by many threads; they write one after the other, and none waits for longer than 10 s for its
/// turn while the store is away.
final class AuditLog {

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Comparator<AuditRecord> BY_TIME =
            Comparator.comparingLong(AuditRecord::timeMs);

    private final AuditPages pages;
    private final AuditPages dropped;
    private final Duration patience;
    private final LongSupplier wallMs;
    private final JsonMapper mapper = JsonMapper.builder().build();
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final ReentrantLock writing = new ReentrantLock(true);

    AuditLog(Ensemble ensemble, LongSupplier wallMs) {
        this(
                new AuditPages(ensemble, AuditPages.AUDIT, AuditPages.Size.DEFAULT),
                new AuditPages(ensemble, AuditPages.DROPPED, AuditPages.Size.DROPPED),
                PATIENCE,
                wallMs);
    }

    /// @param dropped what coordinators report
    /// @param patience of a writer, until it is its turn
    AuditLog(AuditPages pages, AuditPages dropped, Duration patience, LongSupplier wallMs) {
        this.pages = pages;
        this.dropped = dropped;
        this.patience = patience;
        this.wallMs = wallMs;
    }

    /// A change that returns something.
    @FunctionalInterface
    interface Change<T> {
        T run(Subjects subjects)
                throws CallException, InterruptedException, StoreException, IOException;
    }

    /// What a change says of itself once it knows it. That is written at once, so that the entry of a change that the overseer dies
    /// in says it too. One thread.
    final class Subjects {

        private AuditRecord begun;
        private String note = "";

        private Subjects(AuditRecord begun) {
            this.begun = begun;
        }

        /// It is about that library.
        ///
        /// @throws StoreException if that cannot be written; the change goes no further
        void about(Library library) throws InterruptedException, StoreException {
            about(
                    new AuditRecord.Subject(
                            library.symbolicName(), "", library.version(), library.sha256()));
        }

        /// It is about that version; the other one is what new groups got before, had the label before, or is deleted.
        ///
        /// @throws StoreException if that cannot be written; the change goes no further
        void about(PluginVersion plugin, @Nullable PluginVersion before)
                throws InterruptedException, StoreException {
            about(
                    new AuditRecord.Subject(
                            plugin.name(),
                            before == null ? "" : before.version(),
                            plugin.version(),
                            plugin.sha256()));
        }

        /// The plugin has no longer the label that the other version had.
        ///
        /// @throws StoreException if that cannot be written; the change goes no further
        void unlabelled(PluginVersion before) throws InterruptedException, StoreException {
            about(new AuditRecord.Subject(before.name(), before.version(), "", ""));
        }

        /// What is to be known of it beside that it is done.
        void note(String text) {
            note = text;
        }

        private void about(AuditRecord.Subject subject)
                throws InterruptedException, StoreException {
            begun = begun.about(subject);
            write(begun);
        }
    }

    /// Makes the change between the two writes of its entry.
    ///
    /// @param plugin its name, empty if the change has to find out
    /// @param version as the operator named it, which stands there unless the change says more
    /// @throws StoreException if the entry cannot be written, because another overseer leads, say; the change has not begun
    ///     then
    <T> T record(Initiator by, String action, String plugin, String version, Change<T> change)
            throws CallException, InterruptedException, StoreException, IOException {
        AuditRecord begun =
                new AuditRecord(
                        UUID.randomUUID().toString(),
                        wallMs.getAsLong(),
                        by,
                        action,
                        new AuditRecord.Subject(plugin, "", version, ""),
                        AuditRecord.RUNNING,
                        "",
                        0);
        begin(begun);
        Subjects subjects = new Subjects(begun);
        String result = "failed";
        String text = "";
        try {
            T value = change.run(subjects);
            result = "done";
            text = subjects.note;
            return value;
        } catch (CallException e) {
            result = e.kind() == Kind.INTERNAL ? "failed" : "refused";
            text = e.getMessage();
            throw e;
        } catch (StoreException | IOException | RuntimeException e) {
            text = e.toString();
            throw e;
        } catch (InterruptedException e) {
            text = "the overseer stopped";
            throw e;
        } finally {
            end(subjects.begun.ended(result, text, wallMs.getAsLong()));
        }
    }

    /// The same for a change that finds out itself which version it is about.
    <T> T record(Initiator by, String action, String plugin, Change<T> change)
            throws CallException, InterruptedException, StoreException, IOException {
        return record(by, action, plugin, "", change);
    }

    /// The ids of what coordinators have reported.
    Set<String> reported() throws StoreException {
        return dropped.entries().stream().map(AuditRecord::id).collect(Collectors.toSet());
    }

    /// Adds what a coordinator reports, which has ended; it did not begin after now, whatever that one's clock says. For one thread.
    ///
    /// @throws StoreException if it cannot be written
    void report(AuditRecord entry) throws StoreException {
        AuditRecord known = entry.notAfter(wallMs.getAsLong());
        dropped.put(known);
        LOG.info("audit {}", known.json(mapper));
    }

    /// The newest entries, the newest last.
    ///
    /// @param plugin its name, empty for all
    List<AuditRecord> newest(int limit, String plugin) throws StoreException {
        Set<String> open = new HashSet<>(running);
        List<AuditRecord> all = merged(pages.entries(), dropped.entries());
        open.addAll(running); // those that begin or end meanwhile are not unfinished
        List<AuditRecord> found =
                all.stream()
                        .filter(entry ->
                                plugin.isEmpty() || plugin.equals(entry.subject().plugin()))
                        .map(entry ->
                                entry.isRunning() && !open.contains(entry.id())
                                        ? entry.unfinished()
                                        : entry)
                        .toList();
        return found.subList(Math.max(0, found.size() - limit), found.size());
    }

    /// What was reported stands where its time belongs; the others stay in the order in which they were written.
    private static List<AuditRecord> merged(
            Collection<AuditRecord> changes, Collection<AuditRecord> reported) {
        Deque<AuditRecord> left = new ArrayDeque<>(reported.stream().sorted(BY_TIME).toList());
        List<AuditRecord> all = new ArrayList<>();
        for (AuditRecord change : changes) {
            while (!left.isEmpty() && left.element().timeMs() < change.timeMs()) {
                all.add(left.remove());
            }
            all.add(change);
        }
        all.addAll(left);
        return all;
    }

    private void begin(AuditRecord entry) throws InterruptedException, StoreException {
        running.add(entry.id());
        boolean begun = false;
        try {
            write(entry);
            begun = true;
        } finally {
            if (!begun) {
                running.remove(entry.id());
            }
        }
    }

    private void end(AuditRecord entry) {
        LOG.info("audit {}", entry.json(mapper));
        try {
            write(entry);
        } catch (StoreException e) {
            // The change is made and cannot be taken back by this; its entry stays, as unfinished.
            LOG.error("{}: its end is not in the audit log: {}", entry, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.error("{}: its end is not in the audit log: the overseer stopped", entry);
        } finally {
            running.remove(entry.id());
        }
    }

    /// One thread of this overseer after the other; another overseer that led before may come in between.
    private void write(AuditRecord entry) throws InterruptedException, StoreException {
        if (!writing.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new StoreException(
                    AuditPages.AUDIT
                            + ": "
                            + patience.toMillis()
                            + " ms behind other changes that wait for the store (expected: it"
                            + " answers)");
        }
        try {
            pages.put(entry);
        } finally {
            writing.unlock();
        }
    }
}
