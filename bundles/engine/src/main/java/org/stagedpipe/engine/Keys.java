package org.stagedpipe.engine;

import java.util.ArrayList;
import java.util.List;

/// The requests of one group that are in the pipelines, by key: some tables with a lock each, as a submitter and all
/// pipeline threads meet here at every request.
final class Keys<D, R> {

    private static final int TABLES = 32;

    /// Spreads the hashes of neighbouring keys over the tables.
    private static final int SPREAD = 0x9E3779B9;

    private static final int SHIFT = 32 - Integer.numberOfTrailingZeros(TABLES);

    private final KeyOrder<D, R> order;
    private final List<KeyTable<D, R>> tables;

    Keys(KeyOrder<D, R> order, Figures<D, R> figures) {
        this.order = order;
        List<KeyTable<D, R>> all = new ArrayList<>();
        for (int i = 0; i < TABLES; i++) {
            all.add(new KeyTable<>(order, figures));
        }
        this.tables = List.copyOf(all);
    }

    KeyOrder<D, R> order() {
        return order;
    }

    /// The table of the request's key.
    KeyTable<D, R> of(KeyedRequest<D, R> request) {
        return tables.get(request.hash() * SPREAD >>> SHIFT);
    }

    /// How many keys have requests in the pipelines.
    int size() {
        return tables.stream().mapToInt(KeyTable::size).sum();
    }

    int buckets() {
        return tables.stream().mapToInt(KeyTable::buckets).sum();
    }
}
