package org.stagedpipe.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.stagedpipe.cluster.SettingsException;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the component tells the launcher.
final class CoordinatorComponentTest {

    private static final Path DATA = Path.of("target/d");

    private final List<String> told = new ArrayList<>();

    @Test
    void saysWhereItServes() throws Exception {
        try (TestOverseer overseer = new TestOverseer()) {
            CoordinatorComponent component = component(overseer.endpoint().toString(), DATA);
            component.open();
            overseer.awaitMember();
            component.close();

            int port = overseer.hellos.getFirst().getAddress().getPort();
            assertEquals(List.of("ready: coordinator c1 on 127.0.0.1:" + port), told);
            assertEquals("1.2.3", overseer.hellos.getFirst().getVersion());
        }
    }

    @Test
    void saysWhyItDoesNotServe() {
        assertThrows(SettingsException.class, component("127.0.0.1", DATA)::open);
        assertEquals(
                List.of(
                        "failed: org.stagedpipe.coordinator: overseers: \"127.0.0.1\" (expected:"
                                + " host:port, more of them separated by commas)"),
                told);
    }

    @Test
    void saysThatWhatItKeptIsDamaged(@TempDir Path data) throws Exception {
        Path kept = Files.writeString(data.resolve("overseers"), "\0\0");
        assertThrows(IllegalStateException.class, component("127.0.0.1:1", data)::open);
        assertEquals(1, told.size());
        assertTrue(told.getFirst().startsWith("failed: " + kept + ": "), told::toString);
    }

    @Test
    void servesWithoutAnOverseer() throws Exception {
        CoordinatorComponent component = component("127.0.0.1:1", DATA);
        component.open();
        component.close();
        assertTrue(
                told.getFirst().startsWith("ready: coordinator c1 on 127.0.0.1:"), told::toString);
    }

    private CoordinatorComponent component(String overseers, Path data) {
        return new CoordinatorComponent(
                Map.of("name", "c1", "data", data.toString(), "overseers", overseers, "port", 0),
                context(),
                (what, text) -> told.add(what + ": " + text));
    }

    private static BundleContext context() {
        Bundle bundle = answering(Bundle.class, "getVersion", new Version(1, 2, 3));
        return answering(BundleContext.class, "getBundle", bundle);
    }

    private static <T> T answering(Class<T> type, String method, Object answer) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, called, arguments) -> {
                            assertEquals(method, called.getName());
                            return answer;
                        }));
    }
}
