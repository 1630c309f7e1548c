package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Ensembles;
import org.stagedpipe.cluster.ensemble.Terms;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Ensembles in this process, by the name of a folder: what is written stays for the next overseer of that folder. The
/// first that stands leads until it closes or is deposed.
final class InMemoryEnsembles implements Ensembles {

    private static final Map<String, Shared> BY_FOLDER = new ConcurrentHashMap<>();

    private final int size;
    private final @Nullable String folder;
    private int changesLeft = Integer.MAX_VALUE; // guarded by what is shared
    private int maxLength = Integer.MAX_VALUE;

    /// Of one overseer, by its own folder.
    InMemoryEnsembles() {
        this(1, null);
    }

    /// Of so many overseers, o1 and so on.
    InMemoryEnsembles(int size, @Nullable String folder) {
        this.size = size;
        this.folder = folder;
    }

    @Override
    public Ensemble open(Terms terms, Consumer<String> gaveUp) {
        String key = folder == null ? terms.folder().toString() : folder;
        return new Part(BY_FOLDER.computeIfAbsent(key, any -> new Shared()), terms.name());
    }

    /// Of one overseer, whose store is gone for good after so many changes of the catalogue: to the next overseer of the
    /// folder that is as if this one had crashed there.
    static InMemoryEnsembles goneAfter(int changes) {
        InMemoryEnsembles ensembles = new InMemoryEnsembles();
        ensembles.changesLeft = changes;
        return ensembles;
    }

    /// Of one overseer, which takes no more characters than that in one write.
    static InMemoryEnsembles holding(int maxLength) {
        InMemoryEnsembles ensembles = new InMemoryEnsembles();
        ensembles.maxLength = maxLength;
        return ensembles;
    }

    /// Takes the lead without standing, as another overseer would.
    static Ensemble usurp(String folder) {
        return usurp(folder, "another");
    }

    /// The same, by an overseer of that name.
    static Ensemble usurp(String folder, String name) {
        Shared shared = BY_FOLDER.computeIfAbsent(folder, any -> new Shared());
        Part part = new InMemoryEnsembles(1, folder).new Part(shared, name);
        synchronized (shared) {
            part.claimed = ++shared.epoch;
        }
        return part;
    }

    /// Whoever leads loses the lead and has it again, and has not noticed yet.
    static void reelect(String folder) {
        Shared shared = Objects.requireNonNull(BY_FOLDER.get(folder));
        synchronized (shared) {
            Objects.requireNonNull(shared.leader).claimed = ++shared.epoch;
        }
    }

    private static final class Shared {

        private final Map<String, Ensemble.Value> values = new HashMap<>();
        private final Map<String, List<Consumer<Ensemble.Value>>> watchers = new HashMap<>();
        private final Map<String, Part> standing = new TreeMap<>();
        private final Set<String> forgotten = new HashSet<>();
        private @Nullable Part leader;
        private long epoch;
    }

    private final class Part implements Ensemble {

        private final Shared shared;
        private final String name;
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private long claimed = -1;
        private String card = "";
        private @Nullable Candidate candidate;

        private Part(Shared shared, String name) {
            this.shared = shared;
            this.name = name;
        }

        @Override
        public Value read(String name) {
            synchronized (shared) {
                return shared.values.getOrDefault(name, Value.ABSENT);
            }
        }

        @Override
        public boolean write(List<Change> changes) throws StoreException {
            synchronized (shared) {
                if (changes.stream().anyMatch(one -> one.name().equals(StoredCatalogue.INDEX))) {
                    changesLeft--;
                }
                confirm();
                if (share(changes) > 1) {
                    throw StoreException.ofValue("too large");
                }
                for (Change one : changes) {
                    if (read(one.name()).version() != one.version()) {
                        return false;
                    }
                }
                changes.forEach(this::write);
                return true;
            }
        }

        @Override
        public boolean write(long epoch, List<Change> changes) throws StoreException {
            synchronized (shared) {
                if (claimed != epoch) {
                    throw new StoreException("this overseer leads anew since");
                }
                return write(changes);
            }
        }

        private void write(Change one) {
            Value next = new Value(one.text(), one.version() + 1);
            shared.values.put(one.name(), next);
            shared.watchers
                    .getOrDefault(one.name(), List.of())
                    .forEach(watcher -> watcher.accept(next));
        }

        @Override
        public double share(List<Change> changes) {
            return changes.stream().mapToDouble(one -> one.text().length()).sum() / maxLength;
        }

        @Override
        public void confirm() throws StoreException {
            synchronized (shared) {
                if (changesLeft < 0) {
                    throw new StoreException("the store is gone");
                }
                if (claimed != shared.epoch) {
                    throw new StoreException("another overseer leads since");
                }
            }
        }

        @Override
        public void watch(String name, Consumer<Value> watcher) {
            synchronized (shared) {
                shared.watchers.computeIfAbsent(name, any -> new ArrayList<>()).add(watcher);
                watcher.accept(read(name));
            }
        }

        @Override
        public void stand(String ownCard, Candidate own) {
            synchronized (shared) {
                card = ownCard;
                candidate = own;
                shared.standing.put(name, this);
                shared.forgotten.remove(name);
                elect(shared);
            }
        }

        @Override
        public List<String> cards() {
            synchronized (shared) {
                return shared.standing.values().stream().map(part -> part.card).toList();
            }
        }

        @Override
        public Set<String> members() {
            synchronized (shared) {
                return IntStream.rangeClosed(1, size)
                        .mapToObj(i -> "o" + i)
                        .filter(member -> !shared.forgotten.contains(member))
                        .collect(Collectors.toSet());
            }
        }

        @Override
        public boolean forget(String gone) throws StoreException {
            synchronized (shared) {
                confirm();
                return !shared.standing.containsKey(gone)
                        && members().contains(gone)
                        && shared.forgotten.add(gone);
            }
        }

        @Override
        public String address() {
            return "memory";
        }

        @Override
        public void close() {
            synchronized (shared) {
                shared.standing.remove(name, this);
                if (shared.leader == this) {
                    shared.leader = null;
                }
                elect(shared);
            }
            thread.shutdown();
        }
    }

    private static void elect(Shared shared) {
        if (shared.leader == null && !shared.standing.isEmpty()) {
            Part chosen = shared.standing.values().iterator().next();
            shared.leader = chosen;
            chosen.claimed = ++shared.epoch;
        }
        Part leader = shared.leader;
        for (Part part : shared.standing.values()) {
            Candidate candidate = part.candidate;
            if (candidate == null || leader == null) {
                continue;
            }
            long epoch = leader.claimed;
            part.thread.execute(() -> tell(candidate, part == leader, epoch, leader.card));
        }
    }

    private static void tell(Candidate candidate, boolean leads, long epoch, String card) {
        try {
            if (leads) {
                candidate.lead(epoch);
            } else {
                candidate.follow(card);
            }
        } catch (Exception e) {
            throw new AssertionError("a candidate threw", e);
        }
    }
}
