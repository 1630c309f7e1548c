package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.stagedpipe.cluster.ensemble.Ensembles;
import org.stagedpipe.transport.CallException;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the component tells the launcher.
class OverseerComponentTest {

    @TempDir Path data;
    private final List<String> told = new ArrayList<>();

    @Test
    void saysThatABugKeepsItFromServing() {
        assertTells(
                "failed: a bug",
                IllegalStateException.class,
                (terms, gaveUp) -> {
                    throw new IllegalStateException("a bug");
                });
    }

    @Test
    void saysThatAClassIsMissing() {
        assertTells(
                "failed: java.lang.NoClassDefFoundError: org/stagedpipe/Missing",
                NoClassDefFoundError.class,
                (terms, gaveUp) -> {
                    throw new NoClassDefFoundError("org/stagedpipe/Missing");
                });
    }

    /// ZooKeeper's servers, which have no such rule, listen before the overseer's own ports do.
    @Test
    void withoutTlsNoPortIsOpenedThatAnotherMachineReaches() {
        assertRefused("cannot listen on 192.0.2.1:9405 without TLS", "127.0.0.1", "192.0.2.1");
        assertRefused("cannot listen on 0.0.0.0:9400 without TLS", "0.0.0.0", "127.0.0.1");
    }

    private void assertRefused(String why, String host, String advertised) {
        OverseerSettings settings =
                OverseerSettings.read(
                        Map.of(
                                "name",
                                "o1",
                                "data",
                                data.toString(),
                                "host",
                                host,
                                "advertise",
                                advertised));
        CallException refused =
                assertThrows(
                        CallException.class,
                        () ->
                                Overseer.open(
                                        settings,
                                        "1.0.0",
                                        (terms, gaveUp) -> {
                                            throw new IllegalStateException("the store opens");
                                        },
                                        reason -> {}));
        assertEquals(
                why
                        + " (expected: a loopback address, or tlsCertificate, tlsKey and"
                        + " tlsAuthorities)",
                refused.getMessage());
    }

    private void assertTells(String what, Class<? extends Throwable> why, Ensembles broken) {
        assertThrows(
                why,
                () ->
                        new OverseerComponent(
                                context(),
                                Map.of("name", "o1", "data", data.toString()),
                                broken,
                                (state, text) -> told.add(state + ": " + text)));
        assertEquals(List.of(what), told);
    }

    private static BundleContext context() {
        Bundle bundle = answering(Bundle.class, new Version(1, 2, 3));
        return answering(BundleContext.class, bundle);
    }

    private static <T> T answering(Class<T> type, Object answer) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, called, arguments) -> answer));
    }
}
