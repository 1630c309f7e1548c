package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.StageLoad;
import org.stagedpipe.transport.Rpcs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class PluginsTest {

    private static final PluginVersion FISH = version("fish");
    private static final PluginVersion FOWL = version("fowl");
    private int nodesAsked;
    private int groupsAsked;
    private final Plugins plugins = new Plugins(this::nodes, this::groups);
    private final Catalogue catalogue =
            Catalogue.EMPTY.with(CatalogueEntry.first(publication(FOWL))).with(fish());

    private List<NodeEntry> nodes() {
        nodesAsked++;
        NodeEntry.Builder node =
                NodeEntry.newBuilder()
                        .addPlugins(TestNode.ready(Wire.of(FISH)))
                        .addPlugins(TestNode.ready(Wire.of(version("meat"))));
        return List.of(
                node.setName("c1").setRole(Role.COORDINATOR).build(),
                node.setName("w1").setRole(Role.WORKER).build(),
                node.setName("w2").addPlugins(TestNode.ready(Wire.of(FOWL))).build());
    }

    private Map<String, List<GroupSummary>> groups() {
        groupsAsked++;
        GroupSummary fish = GroupSummary.newBuilder().setPlugin(Wire.of(FISH)).build();
        GroupSummary meat = GroupSummary.newBuilder().setPlugin(Wire.of(version("meat"))).build();
        return Map.of("c1", List.of(fish, meat), "c2", List.of(fish));
    }

    @Test
    void membersAreAskedOnceForAllPlugins() {
        List<PluginEntry> all = plugins.entries(catalogue);
        assertEquals(List.of("fish", "fowl"), all.stream().map(PluginEntry::getName).toList());
        assertEquals(List.of("w1", "w2"), workers(all.getFirst()));
        assertEquals(List.of("w2"), workers(all.getLast()));
        assertEquals(2, all.getFirst().getGroups());
        assertEquals(0, all.getLast().getGroups());
        assertEquals(1, nodesAsked);
        assertEquals(1, groupsAsked);
        assertEquals(all.getFirst(), plugins.entry(fish()));
    }

    @Test
    void forNamesNobodyIsAsked() {
        List<PluginEntry> names = Plugins.names(catalogue);
        assertEquals(PluginEntry.newBuilder().setName("fish").build(), names.getFirst());
        assertEquals(2, names.size());
        assertEquals(0, nodesAsked);
    }

    @Test
    void aMessageHasRoomForManyVersionsWithManyLibraries() {
        PluginEntry entry = plugins.entry(fish(3_000, 20));
        assertEquals(3_000, entry.getVersionsCount());
        assertEquals(20, entry.getVersions(2_999).getLibrariesCount());
        assertEquals(
                "org.example.library18", // the first one of this version is the 20th
                entry.getLibraries(entry.getVersions(2_999).getLibraries(19)).getSymbolicName());
        int bytes = entry.getSerializedSize();
        assertTrue(bytes < Rpcs.MAX_MESSAGE_BYTES / 4, bytes + " bytes");
    }

    /// A worker says more of each than operators are shown.
    @Test
    void aMessageHasRoomForManyWorkers() {
        PluginStatus.Builder loaded =
                TestNode.ready(Wire.of(FISH)).toBuilder().setText("drains").setGroups(3);
        for (int stage = 0; stage < 20; stage++) {
            loaded.getLoadBuilder().addStages(StageLoad.newBuilder().setStage("a stage " + stage));
        }
        List<NodeEntry> workers =
                IntStream.range(0, 10_000)
                        .mapToObj(i ->
                                NodeEntry.newBuilder()
                                        .setName("worker-" + i)
                                        .setRole(Role.WORKER)
                                        .addPlugins(loaded)
                                        .build())
                        .toList();
        PluginEntry entry = new Plugins(() -> workers, Map::of).entry(fish());
        PluginStatus status = entry.getWorkers(9_999).getStatus();
        assertEquals("1.0.0", status.getPlugin().getVersion());
        assertEquals(PluginStatus.State.READY, status.getState());
        assertEquals("drains", status.getText());
        assertEquals(3, status.getGroups());
        int bytes = entry.getSerializedSize();
        assertTrue(bytes < Rpcs.MAX_MESSAGE_BYTES / 8, bytes + " bytes");
    }

    private static CatalogueEntry fish(int versions, int libraries) {
        List<Publication> history = new ArrayList<>();
        for (int i = 0; i < versions; i++) {
            List<Library> needed = new ArrayList<>();
            for (int j = 0; j < libraries; j++) {
                int number = (i + j) % libraries;
                needed.add(
                        new Library(
                                "org.example.library" + number,
                                "1.0.0",
                                "%064x".formatted(number),
                                1));
            }
            history.add(
                    new Publication(
                            new PluginVersion("fish", "1." + i + ".0", "%064x".formatted(i), 1),
                            1,
                            "fish.jar",
                            "ann",
                            0,
                            needed,
                            List.of(),
                            null));
        }
        return new CatalogueEntry("fish", history.getFirst().plugin(), history);
    }

    private static List<String> workers(PluginEntry plugin) {
        return plugin.getWorkersList().stream().map(worker -> worker.getWorker()).toList();
    }

    private static CatalogueEntry fish() {
        return CatalogueEntry.first(publication(FISH));
    }

    private static Publication publication(PluginVersion plugin) {
        return new Publication(
                plugin, 1, plugin.name() + ".jar", "ann", 0, List.of(), List.of(), null);
    }

    private static PluginVersion version(String name) {
        return new PluginVersion(name, "1.0.0", "0".repeat(64), 1);
    }
}
