package org.stagedpipe.overseer;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensemble.Value;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The entries of the audit log as overseers share them: a ring of small values, the pages, of which only the newest is
/// written. When it is full the oldest becomes the newest, so a write costs a page, however much there is.
///
/// A page is its number and a line of JSON for each entry:
///
///     35
///     {"id":"…","timeMs":…,"result":"done",…}
///
/// An entry that ends after its page was full has a second line in a later page; it keeps its place. A line that cannot be
/// read is an entry of its own. One thread writes at a time; any may read.
final class AuditPages {

    static final String AUDIT = "audit";

    /// Those of what coordinators report: however much that is, it takes the place of none of the others.
    static final String DROPPED = "audit-dropped";

    private static final Logger LOG = LoggerFactory.getLogger(AuditPages.class);
    private static final int ATTEMPTS = 3;
    private static final long NONE = 0; // no page's number; the first is 1

    private final Ensemble ensemble;
    private final String name;
    private final Size size;
    private final JsonMapper mapper = JsonMapper.builder().build();
    private volatile long newest = NONE; // as far as this overseer knows

    /// @param bytes of a page before it is compressed
    record Size(int pages, int bytes) {

        /// Room for at least 512 KiB beside the page that is being filled, about 1,400 entries.
        static final Size DEFAULT = new Size(35, 16 << 10);

        /// 128 KiB, about 350 entries.
        static final Size DROPPED = new Size(9, 16 << 10);
    }

    /// @param number [#NONE] if nothing was written there, or no number can be read
    private record Page(long number, Value value) {

        static Page of(Value value) {
            int end = Math.max(0, value.text().indexOf('\n'));
            try {
                return new Page(Long.parseLong(value.text().substring(0, end)), value);
            } catch (NumberFormatException e) {
                return new Page(NONE, value);
            }
        }

        List<String> lines() {
            return value.text().lines().skip(number == NONE ? 0 : 1).toList();
        }
    }

    /// @param name of the ring: its values are this and a number
    AuditPages(Ensemble ensemble, String name, Size size) {
        this.ensemble = ensemble;
        this.name = name;
        this.size = size;
    }

    /// All that there are, in the order in which they began.
    Collection<AuditRecord> entries() throws StoreException {
        Map<String, AuditRecord> byId = new LinkedHashMap<>();
        all().forEach(page -> byId.putAll(entries(page)));
        return byId.values();
    }

    /// Writes an entry, or what is known of it since.
    void put(AuditRecord entry) throws StoreException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (isPut(entry, newest())) {
                return;
            }
        }
        throw StoreException.ofValue(
                name + ": another write came first " + ATTEMPTS + " times (expected: no other)");
    }

    private boolean isPut(AuditRecord entry, Page last) throws StoreException {
        Map<String, AuditRecord> entries = entries(last);
        entries.put(entry.id(), entry);
        String text = text(last.number(), entries.values());
        if (last.number() != NONE && text.getBytes(StandardCharsets.UTF_8).length <= size.bytes()) {
            return isWritten(last.number(), last, text);
        }
        long next = last.number() + 1;
        Page oldest = page(next);
        return oldest.number() < next && isWritten(next, oldest, text(next, List.of(entry)));
    }

    private boolean isWritten(long number, Page over, String text) throws StoreException {
        boolean written = ensemble.write(name(number), over.value().version(), text);
        if (written) {
            newest = number;
        }
        return written;
    }

    /// Looks at all pages only if another overseer has gone on since.
    private Page newest() throws StoreException {
        long known = newest;
        Page page = page(known);
        boolean isNewest = page.number() == known && page(known + 1).number() < known;
        return known != NONE && isNewest ? page : all().getLast();
    }

    /// The oldest first. One whose number cannot be read counts as older than any other.
    private List<Page> all() throws StoreException {
        List<Page> all = new ArrayList<>();
        long first = newest + 1; // the newest last: it has the ends of what is in the others
        for (long number = first; number < first + size.pages(); number++) {
            all.add(page(number));
        }
        all.sort(Comparator.comparingLong(Page::number));
        return all;
    }

    /// What stands where that page belongs: it, or an older one.
    private Page page(long number) throws StoreException {
        return Page.of(ensemble.read(name(number)));
    }

    private String name(long number) {
        return name + "-" + number % size.pages();
    }

    private Map<String, AuditRecord> entries(Page page) {
        Map<String, AuditRecord> byId = new LinkedHashMap<>();
        for (String line : page.lines()) {
            AuditRecord entry = entry(line);
            byId.put(entry.id(), entry);
        }
        return byId;
    }

    private AuditRecord entry(String line) {
        try {
            return AuditRecord.of(mapper, line);
        } catch (IOException e) {
            LOG.error("{}: a line is damaged: {}: {}", name, e.getMessage(), line);
            return AuditRecord.damaged(line);
        }
    }

    private String text(long number, Collection<AuditRecord> entries) {
        StringBuilder text = new StringBuilder().append(number).append('\n');
        entries.forEach(entry -> text.append(entry.json(mapper)).append('\n'));
        return text.toString();
    }
}
