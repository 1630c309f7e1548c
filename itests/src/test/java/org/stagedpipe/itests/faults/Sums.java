package org.stagedpipe.itests.faults;

/// What became of items.
///
/// @param items submitted
/// @param lost without an outcome
/// @param duplicated outcomes beyond the first of an item
/// @param wrong outcomes that are not what they must be: bytes, version, order, a fault, counts
record Sums(long items, long lost, long duplicated, long wrong) {

    static final Sums NONE = new Sums(0, 0, 0, 0);

    Sums plus(Sums other) {
        return new Sums(
                items + other.items,
                lost + other.lost,
                duplicated + other.duplicated,
                wrong + other.wrong);
    }

    boolean isClean() {
        return lost == 0 && duplicated == 0 && wrong == 0;
    }

    @Override
    public String toString() {
        return items
                + " items, "
                + lost
                + " lost, "
                + duplicated
                + " duplicated, "
                + wrong
                + " wrong";
    }
}
