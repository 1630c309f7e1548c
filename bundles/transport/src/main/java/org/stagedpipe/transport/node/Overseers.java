package org.stagedpipe.transport.node;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.WholeFile;
import org.stagedpipe.protocol.v1.Redirect;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a node knows of its overseers: where they are, those of its settings and those it has learned of, and the highest
/// epoch and version of the catalogue that it has obeyed, with who made that version. Kept in a file, so that a node that was
/// restarted obeys nothing older either. Safe for use by many threads.
public final class Overseers {

    private static final Logger LOG = LoggerFactory.getLogger(Overseers.class);
    private static final int MAX_LEARNED = 16;
    private static final int HEX = 16;
    private static final String FORMAT = "epoch, catalogue and its origin, then host:port lines";

    private final List<Endpoint> configured;
    private final @Nullable Path file;
    private List<Endpoint> learned = List.of();
    private long epoch;
    private long catalogue;
    private long origin; // of that version; 0: not known

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

    synchronized long catalogue() {
        return catalogue;
    }

    synchronized long origin() {
        return origin;
    }

    /// An overseer that is obeyed from now on, and the others that it names.
    ///
    /// @throws CallException REFUSED if its epoch, or its version of the catalogue, is lower than one that was obeyed
    synchronized void learn(Welcome welcome) throws CallException {
        if (welcome.getEpoch() < epoch) {
            throw older("overseer of epoch " + welcome.getEpoch(), epoch, "");
        }
        if (welcome.getCatalogue() < catalogue) {
            String remedy = "; if the store is an old one on purpose: without " + file;
            throw older(
                    "overseer with catalogue " + welcome.getCatalogue(),
                    catalogue,
                    file == null ? "" : remedy);
        }
        boolean isUnknown = welcome.getCatalogueOrigin() == 0; // to that overseer
        learn(
                welcome.getEpoch(),
                welcome.getCatalogue(),
                isUnknown && welcome.getCatalogue() == catalogue
                        ? origin
                        : welcome.getCatalogueOrigin(),
                welcome.getOverseersList());
    }

    private static CallException older(String what, long seen, String remedy) {
        return new CallException(
                CallException.Kind.REFUSED,
                what + " (expected: " + seen + " or higher" + remedy + ")");
    }

    /// An overseer that does not lead names those that live.
    synchronized void learn(Redirect redirect) {
        learn(epoch, catalogue, origin, redirect.getOverseersList());
    }

    private void learn(long newEpoch, long newCatalogue, long newOrigin, List<String> addresses) {
        List<Endpoint> named = addresses.stream().limit(MAX_LEARNED).map(Endpoint::parse).toList();
        boolean isNew =
                newEpoch > epoch
                        || newCatalogue > catalogue
                        || newOrigin != origin
                        || (!named.isEmpty() && !named.equals(learned));
        if (isNew) {
            epoch = newEpoch;
            catalogue = newCatalogue;
            origin = newOrigin;
            learned = named.isEmpty() ? learned : named;
            write();
        }
    }

    private void read() {
        if (file == null || !Files.exists(file)) {
            return;
        }
        try {
            String text = Files.readString(file);
            List<String> lines = text.lines().toList();
            if (lines.isEmpty()) { // before it was forced to the disk a dying machine left it so
                LOG.warn(
                        "{}: empty (expected: {}); the first overseer is obeyed, whatever its epoch"
                                + " and catalogue",
                        file,
                        FORMAT);
                return;
            }
            if (!text.endsWith("\n")) { // half of a number is a number, too
                throw new IOException("its last line is cut off");
            }
            String[] seen = lines.getFirst().split(" ", 3); // once one word, then two
            epoch = Long.parseLong(seen[0]);
            catalogue = seen.length < 2 ? 0 : Long.parseLong(seen[1]);
            origin = seen.length < 3 ? 0 : Long.parseUnsignedLong(seen[2], HEX);
            learned = lines.stream().skip(1).map(Endpoint::parse).toList();
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException(file + ": " + e + " (expected: " + FORMAT + ")", e);
        }
    }

    /// Without the file the node fences on as long as it runs.
    private void write() {
        if (file == null) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        lines.append(epoch).append(' ').append(catalogue);
        if (origin != 0) {
            lines.append(' ').append(Long.toHexString(origin));
        }
        lines.append('\n');
        learned.forEach(overseer -> lines.append(overseer).append('\n'));
        try {
            WholeFile.write(file, lines.toString());
        } catch (IOException e) {
            LOG.warn("epoch {}, catalogue {} are not kept: {}", epoch, catalogue, e.toString());
        }
    }
}
