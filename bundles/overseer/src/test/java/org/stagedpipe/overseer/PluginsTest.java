package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Publication;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Role;

import java.util.List;
import java.util.Map;

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
