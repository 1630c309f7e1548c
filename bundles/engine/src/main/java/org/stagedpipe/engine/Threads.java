package org.stagedpipe.engine;

/// What the pipelines run on.
public enum Threads {
    /// Virtual threads: for stages that wait, and by measurement the better choice for most others.
    VIRTUAL,
    /// Platform threads: for stages that compute for long or must not share a carrier.
    PLATFORM;

    Thread.Builder builder() {
        return switch (this) {
            case VIRTUAL -> Thread.ofVirtual();
            case PLATFORM -> Thread.ofPlatform().daemon();
        };
    }
}
