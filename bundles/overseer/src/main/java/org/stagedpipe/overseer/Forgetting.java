package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.RolloutRecord;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How an overseer that is gone for good ceases to count: not before each bundle that the catalogue names is on a majority of
/// those that remain, so that what was acknowledged is found after the loss of a minority of these too.
final class Forgetting {

    private final Ensemble ensemble;
    private final Store store;
    private final Replicas replicas;
    private final Turn turn;

    Forgetting(Ensemble ensemble, Store store, Replicas replicas, Turn turn) {
        this.ensemble = ensemble;
        this.store = store;
        this.replicas = replicas;
        this.turn = turn;
    }

    /// Waits until the others have what they are to have. No bundle is published meanwhile.
    ///
    /// @throws CallException NOT_FOUND; REFUSED if it lives, or a bundle is on too few of the others; CONFLICT
    void forget(String name, Steps steps)
            throws CallException, InterruptedException, StoreException {
        try (Turn.Held _ = turn.takeAlone("forget node " + name)) {
            Set<String> others = new TreeSet<>(ensemble.members());
            if (!others.remove(name)) {
                throw new CallException(
                        Kind.NOT_FOUND,
                        "overseer \"" + name + "\" (expected: one of " + others + ")");
            }
            refuseIfItLives(name);
            Catalogue catalogue = store.catalogue();
            Set<String> bundles = catalogue.bundles();
            int kept = 0;
            for (String sha256 : bundles) {
                try {
                    keepWithout(name, sha256, others);
                } catch (CallException e) {
                    String what = described(catalogue, sha256);
                    throw new CallException(e.kind(), what + ": " + e.getMessage(), e);
                }
                kept++;
                steps.step("store", described(catalogue, sha256), kept, bundles.size());
            }
            if (!ensemble.forget(name)) {
                refuseIfItLives(name);
                throw new CallException(
                        Kind.CONFLICT, name + " has just been forgotten, or come back");
            }
            steps.step("forget", name + " counts no more, " + others + " do");
        }
    }

    private void refuseIfItLives(String name) throws CallException, StoreException {
        for (String card : ensemble.cards()) {
            if (Card.parse(card).name().equals(name)) {
                throw new CallException(
                        Kind.REFUSED,
                        name
                                + " lives, at "
                                + Card.parse(card).nodes()
                                + " (expected: an overseer that has ended, for good)");
            }
        }
    }

    private void keepWithout(String name, String sha256, Set<String> others)
            throws CallException, InterruptedException {
        String why = "is on no overseer that lives";
        boolean isHere = false;
        try {
            isHere = replicas.findOrFetch(sha256).isPresent();
        } catch (IOException e) {
            why = "cannot be fetched: " + e.getMessage();
        }
        if (!isHere) {
            throw new CallException(
                    Kind.REFUSED,
                    "the bundle "
                            + why
                            + ", perhaps it is on "
                            + name
                            + " (expected: on one that lives; or delete what it is of)");
        }
        replicas.keep(sha256, others);
    }

    /// The bundle, and the plugins or libraries that it is of.
    private static String described(Catalogue catalogue, String sha256) {
        Stream<String> plugins =
                Stream.concat(
                                catalogue.entries().values().stream()
                                        .flatMap(entry -> entry.available().stream()),
                                catalogue.rollouts().stream().map(RolloutRecord::to))
                        .filter(version -> version.sha256().equals(sha256))
                        .map(PluginVersion::toString);
        Stream<String> libraries =
                catalogue.availableLibraries().stream()
                        .filter(library -> library.sha256().equals(sha256))
                        .map(library -> library.symbolicName() + " " + library.version());
        return Stream.concat(
                        Stream.concat(plugins, libraries).distinct(),
                        Stream.of("sha-256 " + sha256))
                .collect(Collectors.joining(", "));
    }
}
