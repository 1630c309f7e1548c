package org.stagedpipe.overseer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Ensemble;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// The overseers that live, and those that count though they do not, as of the last look. Safe for use by many threads.
final class Peers {

    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

    private final String name;
    private final Ensemble ensemble;
    private final LongSupplier clockMs;
    private volatile List<Card> all = List.of();
    private volatile Set<String> members = Set.of();
    private volatile Map<String, Sighting> sightings = Map.of(); // by name

    /// @param name of this overseer
    /// @param clockMs since 1970, UTC
    Peers(String name, Ensemble ensemble, LongSupplier clockMs) {
        this.name = name;
        this.ensemble = ensemble;
        this.clockMs = clockMs;
    }

    /// Another overseer as this one saw it last.
    ///
    /// @param seenMs since 1970, UTC
    record Sighting(Card card, long seenMs) {}

    /// Looks again. Keeps what was known if the store does not answer.
    void look() {
        try {
            all =
                    ensemble.cards().stream()
                            .map(Card::parse)
                            .sorted((a, b) -> a.name().compareTo(b.name()))
                            .toList();
            members = ensemble.members();
            note();
        } catch (StoreException e) {
            LOG.debug("the other overseers are not known: {}", e.getMessage());
        }
    }

    /// Of those that count and do not live it stays known where they were.
    private synchronized void note() {
        Map<String, Sighting> now = new HashMap<>(sightings);
        now.keySet().retainAll(members);
        long nowMs = clockMs.getAsLong();
        all.forEach(card -> now.put(card.name(), new Sighting(card, nowMs)));
        sightings = Map.copyOf(now);
    }

    /// The overseer of that name as it was seen last; empty if it was not since this one has started.
    Optional<Sighting> seen(String other) {
        return Optional.ofNullable(sightings.get(other));
    }

    /// This overseer's.
    String name() {
        return name;
    }

    /// All but this one.
    List<Card> others() {
        return all.stream().filter(card -> !card.name().equals(name)).toList();
    }

    /// The names of all members, also of those that do not live.
    Set<String> members() {
        return members;
    }

    /// The names of the members that do not live.
    List<String> absent() {
        List<String> here = all.stream().map(Card::name).toList();
        return members.stream()
                .filter(member -> !member.equals(name) && !here.contains(member))
                .sorted()
                .toList();
    }

    /// Where nodes and clients call, of all of them, this one too.
    List<String> addresses() {
        return all.stream().map(card -> card.nodes().toString()).toList();
    }
}
