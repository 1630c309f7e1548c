package org.stagedpipe.transport.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.SettingsException;

import java.util.ArrayList;
import java.util.List;

class StartupTest {

    private final List<String> told = new ArrayList<>();
    private final Startup startup = new Startup((what, text) -> told.add(what + ": " + text));

    @Test
    void saysInOneLineWhyItFailed() {
        startup.failed(new SettingsException("port: 70000"));
        startup.failed(new IllegalStateException("a bug"));
        startup.failed(new IllegalStateException());
        startup.failed(new NoClassDefFoundError("org/stagedpipe/Missing"));
        startup.failed(new ExceptionInInitializerError(new IllegalStateException("a bug")));
        assertEquals(
                List.of(
                        "failed: port: 70000",
                        "failed: a bug",
                        "failed: java.lang.IllegalStateException",
                        "failed: java.lang.NoClassDefFoundError: org/stagedpipe/Missing",
                        "failed: java.lang.ExceptionInInitializerError"),
                told);
    }
}
