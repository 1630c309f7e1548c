package org.stagedpipe.birdstrikes;

/// The fields of a line, in their order.
enum Field {
    AIRPORT("Airport Name"),
    AIRCRAFT("Aircraft Make Model"),
    DAMAGE("Effect Amount of damage"),
    DATE("Flight Date"),
    OPERATOR("Aircraft Airline Operator"),
    STATE("Origin State"),
    PHASE("Phase of flight"),
    SIZE("Wildlife Size"),
    SPECIES("Wildlife Species"),
    TIME_OF_DAY("Time of day"),
    COST_OTHER("Cost Other"),
    COST_REPAIR("Cost Repair"),
    COST_TOTAL("Cost Total $"),
    SPEED("Speed IAS in knots");

    private final String header;

    Field(String header) {
        this.header = header;
    }

    /// How the file's header names it.
    String header() {
        return header;
    }
}
