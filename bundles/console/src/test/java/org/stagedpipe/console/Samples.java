package org.stagedpipe.console;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.PublishedVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.protocol.v1.WorkerPlugin;
import org.stagedpipe.transport.Endpoint;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Nodes, plugins, rollouts and groups, as an overseer tells of them.
final class Samples {

    static final long MIDNIGHT_MS = 1_795_392_000_000L; // 2026-11-23T00:00:00Z

    private Samples() {}

    /// The same with the class loader of an uninstalled plugin that something holds.
    static NodeEntry leaking(NodeEntry node) {
        NodeEntry.Builder leaking = node.toBuilder();
        leaking.getLoadBuilder().setLeakedLoaders(1);
        return leaking.addPlugins(
                        PluginStatus.newBuilder()
                                .setPlugin(version("counter", "1.9.0"))
                                .setState(PluginStatus.State.UNLOADING)
                                .setText(TestOverseer.HELD))
                .build();
    }

    static NodeEntry node(String name, Role role, int port) {
        return NodeEntry.newBuilder()
                .setName(name)
                .setRole(role)
                .setAddress(new Endpoint("127.0.0.1", port).toAddress())
                .setState("ready")
                .setVersion("1.0.0")
                .setJoinedMs(MIDNIGHT_MS)
                .setLastSeenMs(MIDNIGHT_MS + 1_500)
                .setPid(4711)
                .setStoreGauge(role == Role.OVERSEER ? 0.12 : 0)
                .setStoreGaugeOf(role == Role.OVERSEER ? "plugin.birdstrikes" : "")
                .setDiskFreeBytes(role == Role.OVERSEER ? 7L << 30 : 0)
                .setLoad(
                        Load.newBuilder()
                                .setMemory(
                                        Memory.newBuilder()
                                                .setPaused(true)
                                                .setReason(
                                                        "heap after collection at 85 % (pauses at"
                                                                + " 80 %)")
                                                .setSinceMs(1_700_000_000_000L)
                                                .setReservedBytes(3 << 20)
                                                .setBudgetBytes(256 << 20)
                                                .setGauge(0.85)
                                                .setGaugeOf("heap after collection"))
                                .setGroups(2)
                                .setItemsInFlight(17)
                                .setItemsPerSecond(123.4)
                                .setHeapUsedBytes(64 << 20)
                                .setHeapMaxBytes(512 << 20))
                .build();
    }

    static RolloutEntry rollout(String state) {
        RolloutEntry.Builder rollout =
                RolloutEntry.newBuilder()
                        .setId("r1")
                        .setFrom(version("birdstrikes", "1.1.0"))
                        .setTo(version("birdstrikes", "1.2.0"))
                        .setCanary(
                                CanaryPolicy.newBuilder()
                                        .setPercent(10)
                                        .addFurtherPercents(50)
                                        .setHoldMs(600_000))
                        .setState(state)
                        .setText("5 of 20 items failed")
                        .setOperator("ann")
                        .setStartedMs(MIDNIGHT_MS)
                        .setChangedMs(System.currentTimeMillis() - 100_000);
        return List.of("canary", "paused").contains(state)
                ? rollout.setStep(1)
                        .setPercent(10)
                        .setNew(outcomes(15, 5))
                        .setOld(outcomes(180, 0))
                        .build()
                : rollout.build();
    }

    static AuditEntry change() {
        return AuditEntry.newBuilder()
                .setTimeMs(MIDNIGHT_MS)
                .setOperator("ann")
                .setFrom("127.0.0.1:50000")
                .setAction("update")
                .setPlugin("birdstrikes")
                .setBefore("1.0.0")
                .setVersion("1.1.0")
                .setSha256(ByteString.copyFrom(new byte[32]))
                .setResult("done")
                .setDurationMs(120)
                .build();
    }

    /// After that.
    static AuditEntry rollback(String result) {
        return change().toBuilder()
                .setTimeMs(MIDNIGHT_MS + 1)
                .setAction("rollback")
                .setBefore("1.1.0")
                .setVersion("1.0.0")
                .setResult(result)
                .build();
    }

    static VersionOutcomes outcomes(int ok, int failed) {
        return VersionOutcomes.newBuilder()
                .setOk(ok)
                .setFailed(failed)
                .setTimedItems(10)
                .setTimedUs(12_000)
                .build();
    }

    static List<LibraryEntry> libraries() {
        return List.of(
                LibraryEntry.newBuilder()
                        .setLibrary(
                                Library.newBuilder()
                                        .setSymbolicName("com.example.csv")
                                        .setVersion("1.14.1")
                                        .setSize(1_000))
                        .setOperator("ann")
                        .addUsedBy(
                                PluginVersion.newBuilder().setName("counter").setVersion("2.0.0"))
                        .build());
    }

    static List<GroupEntry> groups() {
        return List.of(group(TestOverseer.GROUP_A), group(TestOverseer.GROUP_B));
    }

    static GroupEntry group(String id) {
        return GroupEntry.newBuilder()
                .setCoordinator("c1")
                .setSummary(
                        GroupSummary.newBuilder()
                                .setGroup(bytes(id))
                                .setPlugin(version("birdstrikes", "1.1.0"))
                                .setClient("a client")
                                .setOpenedMs(MIDNIGHT_MS)
                                .setAccepted(10)
                                .setOk(6)
                                .setFailed(1)
                                .addWorkers("worker-1")
                                .setState("running"))
                .build();
    }

    static ByteString bytes(String id) {
        return ByteString.copyFrom(HexFormat.of().parseHex(id.replace("-", "")));
    }

    static PluginEntry plugin(String name, String... versions) {
        List<PublishedVersion> history = new ArrayList<>();
        for (String version : versions) {
            history.add(
                    PublishedVersion.newBuilder()
                            .setPlugin(version(name, version))
                            .addAllLabels(version.equals("1.0.0") ? List.of("stable") : List.of())
                            .setPublishedMs(MIDNIGHT_MS)
                            .setFile(name + "-" + version + ".jar")
                            .build());
        }
        return PluginEntry.newBuilder()
                .setName(name)
                .setCurrent(version(name, versions[0]))
                .addAllVersions(history)
                .addWorkers(
                        WorkerPlugin.newBuilder()
                                .setWorker("worker-1")
                                .setStatus(ready(name, versions[0])))
                .setGroups(2)
                .build();
    }

    static PluginStatus ready(String name, String version) {
        return PluginStatus.newBuilder()
                .setPlugin(version(name, version))
                .setState(PluginStatus.State.READY)
                .setGroups(2)
                .build();
    }

    static PluginVersion version(String name, String version) {
        return PluginVersion.newBuilder()
                .setName(name)
                .setVersion(version)
                .setSha256(ByteString.copyFrom(new byte[32]))
                .setSize(1_500)
                .build();
    }
}
