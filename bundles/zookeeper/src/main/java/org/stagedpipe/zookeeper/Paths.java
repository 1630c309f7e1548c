package org.stagedpipe.zookeeper;

/// Where what overseers share stands in ZooKeeper.
final class Paths {

    static final String ROOT = "/stagedpipe";

    /// The highest epoch that was claimed, and by whom.
    static final String EPOCH = ROOT + "/epoch";

    /// The card of the overseer that leads; there while its session lives.
    static final String LEADER = ROOT + "/leader";

    /// The cards of the overseers; each there while its session lives.
    static final String OVERSEERS = ROOT + "/overseers";

    /// Which server each overseer runs; stays.
    static final String SERVERS = ROOT + "/servers";

    /// Held by an overseer that joins.
    static final String JOINING = ROOT + "/joining";

    /// The values.
    static final String VALUES = ROOT + "/values";

    private Paths() {}
}
