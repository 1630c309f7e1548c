package org.stagedpipe.transport.node;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.WholeFile;
import org.stagedpipe.protocol.v1.Redirect;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a node knows of its overseers: where they are, those of its settings and those it has learned of, and the highest
/// epoch of one that it has obeyed. Kept in a file, so that a node that was restarted obeys no older overseer either. Safe
/// for use by many threads.
public final class Overseers {

    private static final Logger LOG = LoggerFactory.getLogger(Overseers.class);
    private static final int MAX_LEARNED = 16;

    private final List<Endpoint> configured;
    private final @Nullable Path file;
    private List<Endpoint> learned = List.of();
    private long epoch;

    private Overseers(List<Endpoint> configured, @Nullable Path file) {
        if (configured.isEmpty()) {
            throw new IllegalArgumentException(
                    "overseers: none (expected: at least one host:port)");
        }
        this.configured = List.copyOf(configured);
        this.file = file;
    }

    /// Known for as long as this object is.
    public static Overseers of(List<Endpoint> configured) {
        return new Overseers(configured, null);
    }

    /// Kept in that folder.
    ///
    /// @throws IllegalStateException if what is kept there cannot be read
    public static Overseers in(Path folder, List<Endpoint> configured) {
        Overseers overseers = new Overseers(configured, folder.resolve("overseers"));
        overseers.read();
        return overseers;
    }

    /// Those learned first, they are the newer ones.
    public synchronized List<Endpoint> all() {
        Set<Endpoint> all = new LinkedHashSet<>(learned);
        all.addAll(configured);
        return List.copyOf(all);
    }

    /// The one to try after that one.
    Endpoint after(Endpoint tried) {
        List<Endpoint> all = all();
        return all.get((all.indexOf(tried) + 1) % all.size());
    }

    synchronized long epoch() {
        return epoch;
    }

    /// An overseer that is obeyed from now on, and the others that it names.
    synchronized void learn(Welcome welcome) {
        learn(Math.max(epoch, welcome.getEpoch()), welcome.getOverseersList());
    }

    /// An overseer that does not lead names those that live.
    synchronized void learn(Redirect redirect) {
        learn(epoch, redirect.getOverseersList());
    }

    private void learn(long highest, List<String> addresses) {
        List<Endpoint> named = addresses.stream().limit(MAX_LEARNED).map(Endpoint::parse).toList();
        boolean isNew = highest > epoch || (!named.isEmpty() && !named.equals(learned));
        if (isNew) {
            epoch = highest;
            learned = named.isEmpty() ? learned : named;
            write();
        }
    }

    private void read() {
        if (file == null || !Files.exists(file)) {
            return;
        }
        try {
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty()) { // before it was forced to the disk a dying machine left it so
                LOG.warn(
                        "{}: empty (expected: an epoch, then host:port lines); the first overseer"
                                + " is obeyed, whatever its epoch",
                        file);
                return;
            }
            epoch = Long.parseLong(lines.getFirst());
            learned = lines.stream().skip(1).map(Endpoint::parse).toList();
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException(
                    file + ": " + e + " (expected: an epoch, then host:port lines)", e);
        }
    }

    /// Without the file the node fences on as long as it runs.
    private void write() {
        if (file == null) {
            return;
        }
        StringBuilder lines = new StringBuilder().append(epoch).append('\n');
        learned.forEach(overseer -> lines.append(overseer).append('\n'));
        try {
            WholeFile.write(file, lines.toString());
        } catch (IOException e) {
            LOG.warn("the epoch {} is not kept: {}", epoch, e.toString());
        }
    }
}
