package org.stagedpipe.runtime.probe;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// A component that does what its configuration says: serve, fail, or say nothing.
public final class Probe {

    /// How long one that has failed is busy.
    public static final Duration LINGERS = Duration.ofSeconds(25);

    private final BiConsumer<String, String> startup;

    /// Called by the component runtime, with the launcher's service.
    public Probe(BiConsumer<String, String> startup, Map<String, Object> properties) {
        this.startup = startup;
        System.out.println("stray");
        System.out.println("a request has " + System.getProperty("sun.net.httpserver.maxReqTime"));
        Map<String, Object> own = new TreeMap<>(properties);
        switch (String.valueOf(own.get("mode"))) {
            case "ready" -> ready(own);
            case "exits" -> {
                ready(own);
                Thread.ofVirtual().start(Probe::exit); // as stages run
            }
            case "recycles" -> {
                ready(own);
                startup.accept("recycle", "it leaks");
            }
            case "lingers" -> {
                startup.accept("failed", "no majority");
                linger();
            }
            case "failed" -> {
                startup.accept(
                        "failed", "org.stagedpipe.probe: mode: \"failed\" (expected: ready)");
                throw new IllegalStateException("a stack that nobody wants to see");
            }
            default -> System.out.println("says nothing");
        }
    }

    private static void linger() {
        try {
            Thread.sleep(LINGERS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ready(Map<String, Object> own) {
        startup.accept(
                "ready",
                "probe %s on 127.0.0.1:%s, admin on 127.0.0.1:%s"
                        .formatted(own.get("name"), own.get("port"), own.get("adminPort")));
    }

    private static void exit() {
        System.exit(0);
    }

    /// Called when the container stops.
    public void close() {
        System.err.println("probe closed, startup was " + startup.getClass().getSimpleName());
    }
}
