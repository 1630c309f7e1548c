package org.stagedpipe.engine;

import org.stagedpipe.api.Options;

import java.util.concurrent.ThreadFactory;

/// What the pipelines run on.
public enum Threads {
    /// Virtual threads: for stages that wait, and by measurement the better choice for most others.
    VIRTUAL,
    /// Platform threads: for stages that compute for long or must not share a carrier.
    PLATFORM;

    /// Those that a plugin asks for.
    static Threads of(Options options) {
        return options.platformThreads() ? PLATFORM : VIRTUAL;
    }

    ThreadFactory factory() {
        return switch (this) {
            case VIRTUAL -> Thread.ofVirtual().factory();
            case PLATFORM -> Thread.ofPlatform().daemon().factory();
        };
    }
}
