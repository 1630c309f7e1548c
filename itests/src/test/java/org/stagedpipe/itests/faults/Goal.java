package org.stagedpipe.itests.faults;

/// How soon something must go on after a fault.
enum Goal {
    KILLED_WORKER("items of a killed worker ran elsewhere", 1_000),
    /// A connection is asked for a sign of life after 10 s of silence, and lost 5 s later.
    SILENT_CONNECTION("items on a silent connection ran elsewhere", 10_000 + 5_000 + 3_000),
    SILENT_WORKER("items of a silent worker ran elsewhere", 3_000 + 3_000),
    KILLED_COORDINATOR("groups of a killed coordinator went on", 5_000),
    SILENT_COORDINATOR("groups of a silent coordinator went on", 3_000 + 5_000);

    private final String what;
    private final long ms;

    Goal(String what, long ms) {
        this.what = what;
        this.ms = ms;
    }

    /// For 99 of 100.
    long ms() {
        return ms;
    }

    @Override
    public String toString() {
        return what;
    }
}
