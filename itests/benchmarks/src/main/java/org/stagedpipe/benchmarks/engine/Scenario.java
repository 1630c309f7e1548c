package org.stagedpipe.benchmarks.engine;

/// What runs; as text it is a JMH parameter.
///
/// @param work what each stage does
/// @param stages stages of the state machine
/// @param parallelism pipelines
/// @param groups request groups that are used, each by one submitter and one consumer
/// @param window requests of a group in flight; 1 is a round trip on one thread
/// @param variant what is asked for beyond that
record Scenario(Work work, int stages, int parallelism, int groups, int window, Variant variant) {

    /// The window without a bound.
    static final int UNBOUNDED = Integer.MAX_VALUE;

    static final int KEYS = 10_000;
    static final int IDLE_GROUPS = 999;

    /// What is asked for beyond the plain run.
    enum Variant {
        UNORDERED,
        ORDERED,
        /// 10,000 keys in a uniform, mixed order, so that some meet in the window; the first stage marked.
        KEYED,
        /// The same items, keys and all, and nobody asks for an order.
        UNKEYED,
        ACYCLIC,
        /// 999 more groups are open and idle.
        IDLE,
        /// One more group is open and full, and nobody reads it.
        UNREAD,
        /// Platform threads.
        PLATFORM
    }

    static Scenario trivial(int stages, int parallelism, int groups) {
        return new Scenario(Work.TRIVIAL, stages, parallelism, groups, 1024, Variant.UNORDERED);
    }

    Scenario with(Variant other) {
        return new Scenario(work, stages, parallelism, groups, window, other);
    }

    Scenario stages(int other) {
        return new Scenario(work, other, parallelism, groups, window, variant);
    }

    Scenario window(int other) {
        return new Scenario(work, stages, parallelism, groups, other, variant);
    }

    /// The key of an item's value: Stafford's 13th mix of 64 bits, as in the JDK's SplittableRandom.
    static long key(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return Long.remainderUnsigned(mixed ^ mixed >>> 31, KEYS);
    }

    /// A new item.
    Item item(long number) {
        return variant == Variant.KEYED || variant == Variant.UNKEYED
                ? new KeyedItem(number)
                : new Item(number);
    }

    /// How many requests can be in progress at once.
    int concurrency() {
        return stages * parallelism;
    }

    boolean isRoundTrip() {
        return window == 1;
    }

    /// The other way round: [#toString].
    static Scenario parse(String text) {
        String[] parts = text.split("/", -1);
        return new Scenario(
                Work.valueOf(parts[0]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]),
                Integer.parseInt(parts[4]),
                Variant.valueOf(parts[5]));
    }

    @Override
    public String toString() {
        return work
                + "/"
                + stages
                + "/"
                + parallelism
                + "/"
                + groups
                + "/"
                + window
                + "/"
                + variant;
    }
}
