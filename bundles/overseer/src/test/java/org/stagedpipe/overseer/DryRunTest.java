package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What an update would do.
class DryRunTest {

    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");
    private static final TestBundle FISH_1_1 = TestBundle.of("fish", "1.1.0");

    @TempDir private Path data;
    private TestOverseer cluster;
    private TestNode first;
    private TestNode second;

    @BeforeEach
    void open() throws Exception {
        cluster = TestOverseer.slow(data, 0);
        first = TestNode.worker("w1", cluster.overseer.nodesAt()).open();
        second = TestNode.worker("w2", cluster.overseer.nodesAt());
        cluster.awaitReady("w1");
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        cluster.close();
    }

    @Test
    void aDryRunSaysWhoFetchesWhat() throws Exception {
        byte[] csv =
                TestBundle.library(
                        "csv",
                        "1.4.0",
                        "csv;version=1.4",
                        "org.stagedpipe.api;version=\"[1.0,2)\"");
        cluster.operator.publish(Mode.LIBRARY, csv, 0);
        cluster.operator.install(importingCsv("1.0.0"));
        TestBundle next = importingCsv("1.1.0");
        String fish = "fish 1.1.0 (" + next.bytes().length + " bytes)";
        second.installing(plugin -> TestNode.failed(plugin, "no table")).open(); // holds no csv
        cluster.awaitReady("w2");
        CanaryPolicy canary =
                CanaryPolicy.newBuilder().setFirstWorkers(1).setMaxErrorRate(0.1).build();

        assertEquals(
                List.of(
                        "w1 would fetch " + fish,
                        "w2 would fetch " + fish + " and csv 1.4.0 (" + csv.length + " bytes)",
                        "step 1: w1 would have it, and 50 % of new groups get it",
                        "then all workers would have it, and all new groups get it",
                        "fish 1.1.0 would start beside fish 1.0.0; no other bundle would be"
                                + " refreshed"),
                plan(cluster.operator.dryRun(next, canary)));
        PluginEntry plugin = fish();
        assertEquals("1.0.0", plugin.getCurrent().getVersion());
        assertEquals(1, plugin.getVersionsCount());
        assertEquals(2, blobs());
    }

    @Test
    void aDryRunRefusesWhatTheUpdateWould() throws Exception {
        assertEquals(Kind.NOT_FOUND, refused(() -> cluster.operator.dryRun(FISH, null)).kind());
        cluster.operator.install(FISH);
        assertEquals(
                List.of("fish 1.0.0 is what new groups get already, nothing to do"),
                plan(cluster.operator.dryRun(FISH, null)));
        cluster.operator.canary(
                FISH_1_1, CanaryPolicy.newBuilder().setPercent(10).setGated(true).build());
        CallException running =
                refused(() -> cluster.operator.dryRun(TestBundle.of("fish", "1.2.0"), null));
        assertEquals(Kind.CONFLICT, running.kind());
    }

    /// With the version that it takes the place of, unless another plugin needs it too.
    @Test
    void aDryRunNamesTheLibrariesThatLeave() throws Exception {
        cluster.operator.publish(
                Mode.LIBRARY,
                TestBundle.library(
                        "csv",
                        "1.4.0",
                        "csv;version=1.4",
                        "org.stagedpipe.api;version=\"[1.0,2)\""),
                0);
        cluster.operator.install(importingCsv("1.0.0"));
        String starts = "fish 1.1.0 would start beside fish 1.0.0; ";
        assertEquals(
                starts
                        + "csv 1.4.0 would leave with fish 1.0.0; no other bundle would be"
                        + " refreshed",
                plan(cluster.operator.dryRun(FISH_1_1, null)).getLast());
        cluster.operator.install(importingCsv("fowl", "1.0.0"));
        assertEquals(
                starts + "no other bundle would be refreshed",
                plan(cluster.operator.dryRun(FISH_1_1, null)).getLast());
    }

    private static TestBundle importingCsv(String version) {
        return importingCsv("fish", version);
    }

    private static TestBundle importingCsv(String name, String version) {
        return TestBundle.of(name, version)
                .importing("org.stagedpipe.api;version=\"[1.0,2)\",csv;version=\"[1.2,2)\"");
    }

    private static List<String> plan(List<Progress> progress) {
        return progress.stream()
                .filter(step -> step.getStep().equals("plan"))
                .map(Progress::getText)
                .toList();
    }

    private PluginEntry fish() throws CallException, InterruptedException {
        return cluster.operator.ask(
                Rpcs.DESCRIBE_PLUGIN, DescribePluginRequest.newBuilder().setName("fish").build());
    }

    private long blobs() throws Exception {
        try (Stream<Path> files = Files.walk(data.resolve("blobs"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private static CallException refused(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(CallException.class, call);
    }
}
