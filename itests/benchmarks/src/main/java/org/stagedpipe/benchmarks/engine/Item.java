package org.stagedpipe.benchmarks.engine;

/// The data of one item. Stages change it in place: replacing it would measure the allocator.
sealed class Item permits KeyedItem {

    long value;

    Item(long value) {
        this.value = value;
    }
}
