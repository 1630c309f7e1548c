package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// Bundles that cannot be installed or started.
@Timeout(40)
class WorkerInstallTest extends OneWorker {

    @Test
    void otherBytesAreNeverInstalled() throws Exception {
        PluginJar wrong = PluginJar.of("plug", "3.0.0", two.bytes().toByteArray());
        overseer.has(
                new PluginJar(
                        wrong.version().toBuilder()
                                .setSha256(ByteString.copyFrom(new byte[32]))
                                .build(),
                        wrong.bytes()));
        PluginJar asked =
                new PluginJar(
                        wrong.version().toBuilder()
                                .setSha256(ByteString.copyFrom(new byte[32]))
                                .build(),
                        wrong.bytes());
        String text = failure(asked);
        assertTrue(text.contains("sha-256"), text);
        assertEquals(List.of(), container.plugins());
    }

    /// Whatever an overseer let in.
    @Test
    void aZipFileThatBreaksTheRulesIsNotInstalledAndOthersGoOn() throws Exception {
        ByteString good = PluginJar.of("1.1.0").bytes();
        String slip =
                failure(
                        PluginJar.of(
                                "plug", "1.1.0", PluginJar.with(good, "../evil", new byte[1])));
        assertEquals(
                "plug 1.1.0: entry \"../evil\" (expected: names below the jar's root, without"
                        + " \"..\")",
                slip);
        PluginJar bomb =
                PluginJar.of("plug", "1.1.0", PluginJar.with(good, "zeros", new byte[8 << 20]));
        overseer.has(bomb);
        overseer.plan(one, bomb);
        Applied applied = overseer.awaitApplied();
        assertEquals(State.READY, applied.getPlugins(0).getState());
        assertEquals(State.FAILED, applied.getPlugins(1).getState());
        String text = applied.getPlugins(1).getText();
        assertTrue(text.endsWith("(expected: at most 100 times its size)"), text);
        try (TestCoordinator group = group(one)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
        }
        assertEquals(1, container.plugins().size());
    }

    @Test
    void anErrorOfTheVirtualMachineFailsTheVersionAndStartsTheProcessAnew() throws Exception {
        worker.close();
        overseer.applied = Applied.getDefaultInstance();
        List<String> recycled = new CopyOnWriteArrayList<>();
        worker = worker(4, recycled::add);
        String error = "OutOfMemoryError: no thread";
        assertEquals(
                error,
                failure(
                        PluginJar.of(
                                "1.1.0",
                                Map.of(
                                        "return StateMachine.of(first, second);",
                                        "throw new OutOfMemoryError(\"no thread\");"),
                                Map.of())));
        Eventually.holds("it recycles", () -> !recycled.isEmpty(), () -> overseer.heartbeat);
        assertEquals(List.of("worker w1: plug 1.1.0 threw " + error), recycled);
    }

    @Test
    void aFullDiskPasses() throws Exception {
        List<Path> taken = new ArrayList<>();
        for (int id = 0; id < 1_000; id++) { // where the container would put its next bundles
            Path folder = storage.resolve("bundle" + id);
            if (Files.notExists(folder)) {
                taken.add(Files.createFile(folder));
            }
        }
        LibraryJar library = LibraryJar.of("1.2.0");
        overseer.needs(two, library);
        overseer.has(library);
        overseer.plan(one, two);
        for (PluginStatus status : overseer.awaitApplied().getPluginsList()) {
            assertEquals(State.FAILED, status.getState(), status.toString());
            assertTrue(status.getText().contains("cannot be installed"), status.getText());
        }
        for (Path file : taken) {
            Files.deleteIfExists(file);
        }
        overseer.awaitStatus(one.version(), State.READY);
        overseer.awaitStatus(two.version(), State.READY);
    }

    private String failure(PluginJar jar) throws Exception {
        overseer.has(jar);
        overseer.plan(jar);
        PluginStatus status = overseer.awaitApplied().getPlugins(0);
        assertEquals(State.FAILED, status.getState(), status.toString());
        return status.getText();
    }

    @Test
    void d13AnIncompatibleApiIsNamed() throws Exception {
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(),
                        Map.of("Import-Package", "org.stagedpipe.api;version=\"[2.0,3)\",*"));
        assertEquals(
                "plug 1.1.0 cannot be started: needs package org.stagedpipe.api in version 2.0.0 up"
                        + " to 3.0.0, this worker has 1.0.0: build the plugin against the API that"
                        + " this cluster runs",
                failure(jar));
    }

    @Test
    void aMissingImportIsNamed() throws Exception {
        PluginJar jar =
                PluginJar.of("1.1.0", Map.of(), Map.of("Import-Package", "com.acme.tool,*"));
        assertEquals(
                "plug 1.1.0 cannot be started: needs package com.acme.tool, this worker has none",
                failure(jar));
    }

    @Test
    void aFailedActivationIsExplained() throws Exception {
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "if (true) throw new IllegalStateException(\"no licence\");"),
                        Map.of());
        String text = failure(jar);
        assertTrue(text.contains("no licence"), text);
        assertFalse(text.contains("\n"), text);
    }

    @Test
    void anActivationThatBlocksFails() throws Exception {
        hurry();
        PluginJar jar =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "try { Thread.sleep(60_000); } catch (InterruptedException e) {"
                                        + " throw new IllegalStateException(e); }"),
                        Map.of());
        assertEquals("plug 1.1.0: its activation has not ended within 6000 ms", failure(jar));
    }

    /// A virtual thread that computes gives its processor to nobody.
    @Test
    void activationsThatComputeForEverKeepNoProcessorFromTheOthers() throws Exception {
        System.clearProperty("plug.spun");
        hurry();
        List<PluginJar> hanging = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            hanging.add(
                    PluginJar.of(
                            "1.1." + i,
                            Map.of(
                                    "/*ACTIVATE*/",
                                    "while (System.getProperty(\"plug.spun\") == null) {"
                                            + " Thread.onSpinWait(); }"),
                            Map.of()));
        }
        hanging.forEach(overseer::has);
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            List<PluginJar> all = new ArrayList<>(hanging);
            all.addFirst(one);
            overseer.plan(all.toArray(PluginJar[]::new));
            Applied applied = overseer.awaitApplied();
            for (int i = 1; i < all.size(); i++) {
                assertEquals(State.FAILED, applied.getPlugins(i).getState());
            }
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.0.0\",\"times\":1}", group.finish().result(0));
        } finally {
            System.setProperty("plug.spun", "now");
        }
    }

    /// As for a database that is silent.
    @Test
    void anActivationThatWaitsForASocketIsInterrupted() throws Exception {
        hurry();
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PluginJar jar =
                    PluginJar.of(
                            "1.1.0",
                            Map.of(
                                    "/*ACTIVATE*/",
                                    "try (java.net.Socket to = new java.net.Socket(\"127.0.0.1\", "
                                            + silent.getLocalPort()
                                            + ")) { to.getInputStream().read(); } catch"
                                            + " (java.io.IOException e) {"
                                            + " throw new IllegalStateException(e); }"),
                            Map.of());
            assertEquals("plug 1.1.0: its activation has not ended within 6000 ms", failure(jar));
            Eventually.holds(
                    "it is removed while nobody answers",
                    () -> container.plugins().size() < 2,
                    () -> container.plugins());
        }
    }

    @Test
    void anActivationThatNeverEndsIsGivenUpAndTheOthersGoOn() throws Exception {
        hurry();
        PluginJar hanging =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "while (System.getProperty(\"plug.free\") == null) {"
                                    + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);"
                                    + " Thread.interrupted(); }"),
                        Map.of());
        overseer.has(hanging);
        overseer.plan(one);
        overseer.awaitApplied();
        try (TestCoordinator group = group(one)) {
            overseer.plan(one, hanging);
            overseer.awaitStatus(hanging.version(), State.INSTALLING);
            group.items("{\"text\":\"a\"}");
            group.read(1); // while it hangs

            Applied applied = overseer.awaitApplied();
            assertEquals(State.READY, applied.getPlugins(0).getState());
            assertEquals(State.FAILED, applied.getPlugins(1).getState());
            assertEquals(
                    "plug 1.1.0: its activation has not ended within 6000 ms",
                    applied.getPlugins(1).getText());

            overseer.plan(one, two);
            assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
            try (TestCoordinator other = group(two)) {
                other.items("{\"text\":\"a\"}");
                assertEquals("{\"text\":\"a!2.0.0\",\"times\":1}", other.finish().result(0));
            }
            group.items("{\"text\":\"b\"}");
            assertEquals("{\"text\":\"b!1.0.0\",\"times\":1}", group.finish().result(1));
        } finally {
            System.setProperty("plug.free", "now");
        }
        Eventually.holds(
                "the hanging one is removed",
                () -> container.plugins().size() == 2,
                () -> container.plugins());
    }

    @Test
    void aStateMachineThatComesTooLateLeavesNothingBehind() throws Exception {
        hurry();
        PluginJar late =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "return StateMachine.of(first, second);",
                                "new Text(new Config(\"\", 0) + \"\" + new Resources(\"\"), 0);"
                                    + " while (System.getProperty(\"plug.free\") == null) {"
                                    + " java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);"
                                    + " Thread.interrupted(); } note(\"made\"); return"
                                    + " StateMachine.of(first, second);"),
                        Map.of());
        assertEquals("plug 1.1.0: its activation has not ended within 6000 ms", failure(late));
        overseer.plan(one);
        overseer.awaitApplied();
        Eventually.holds(
                "what holds it is named",
                () -> overseer.status(late.version()).getText().contains("held by"),
                () -> overseer.heartbeat);
        System.setProperty("plug.free", "now");
        Eventually.holds(
                "it is collected",
                () -> {
                    System.gc();
                    return overseer.status(late.version()).getState() == State.UNLOADED;
                },
                () -> overseer.heartbeat);
        assertEquals(1, noted("made"));
    }

    @Test
    void aVersionThatCouldNotBeStartedIsCollected() throws Exception {
        PluginJar failing =
                PluginJar.of(
                        "1.1.0",
                        Map.of(
                                "/*ACTIVATE*/",
                                "if (true) throw new IllegalStateException(\"no licence\");"),
                        Map.of());
        failure(failing);
        overseer.plan(one);
        overseer.awaitStatus(failing.version(), State.UNLOADED);
        assertEquals(0, overseer.heartbeat.getLoad().getLeakedLoaders());
    }

    @Test
    void versionsThatExportWhatTheyImportKeepTheirOwnClasses() throws Exception {
        PluginJar older = exporting("1.1.0");
        PluginJar newer = exporting("1.2.0");
        overseer.plan(older);
        overseer.awaitApplied();
        overseer.plan(older, newer);
        overseer.awaitApplied();
        try (TestCoordinator group = group(newer)) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!1.2.0\",\"times\":1}", group.finish().result(0));
        }
    }

    private PluginJar exporting(String version) throws Exception {
        PluginJar jar =
                PluginJar.of(
                        version,
                        Map.of(),
                        Map.of("Export-Package", "plug;version=1.0", "Import-Package", "plug,*"));
        overseer.has(jar);
        return jar;
    }

    @Test
    void aBundleWithoutAPipelineIsRefused() throws Exception {
        PluginJar jar =
                PluginJar.of("1.1.0", Map.of(), Map.of("-removeheaders", "Stagedpipe-Plugin"));
        assertEquals(
                "plug 1.1.0: manifest header Stagedpipe-Plugin is missing (expected: it to be"
                        + " there)",
                failure(jar));
    }
}
