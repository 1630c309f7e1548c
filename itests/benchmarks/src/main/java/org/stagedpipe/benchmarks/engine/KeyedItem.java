package org.stagedpipe.benchmarks.engine;

/// An item that has its key at hand, as a record of real data has.
final class KeyedItem extends Item {

    final Long key;

    KeyedItem(long value) {
        super(value);
        this.key = Scenario.key(value);
    }
}
