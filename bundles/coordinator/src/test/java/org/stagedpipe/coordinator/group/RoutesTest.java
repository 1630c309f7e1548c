package org.stagedpipe.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Route;
import org.stagedpipe.protocol.v1.VersionLabel;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

class RoutesTest {

    @Test
    void ofManyPluginsNamesTheNearest() {
        ClusterView view = view(90);
        assertEquals(
                "plugin \"plugin-70a\" is not installed; did you mean plugin-70?",
                refusal(view, "plugin-70a"));
        assertTrue(
                refusal(view, "warehouse")
                        .matches(
                                "plugin \"warehouse\" is not installed \\(expected: plugin-10,"
                                        + " .*plugin-29 or one of 70 more\\)"),
                refusal(view, "warehouse"));
    }

    @Test
    void saysThatOneMustBeInstalled() {
        assertEquals(
                "plugin \"echo\" is not installed (expected: one must be installed first)",
                refusal(view(0), "echo"));
    }

    @Test
    void aGroupKeepsAVersionOfAnUninstalledPluginAndNewOnesDoNotGetIt() throws Exception {
        PluginVersion old = PluginVersion.newBuilder().setName("echo").setVersion("0.9.0").build();
        assertThrows(CallException.class, () -> Routes.pinned(view(1), old));
        ClusterView uninstalled = view(1).toBuilder().addUninstalled(old).build();
        assertEquals(old, Routes.pinned(uninstalled, old));
        assertEquals(
                "plugin \"echo\" was uninstalled, only groups in progress go on (expected:"
                        + " plugin-10)",
                refusal(uninstalled, "echo"));
    }

    /// Which the overseer knows: one that is tried, or was rolled back.
    @Test
    void namesTheNearestVersionAndLabelBesideAllOthers() {
        Route.Builder route = view(1).getRoutes(0).toBuilder();
        for (int minor = 10; minor < 40; minor++) {
            route.addKnown(version("1." + minor + ".0"));
        }
        route.addLabels(VersionLabel.newBuilder().setLabel("stable").setVersion(version("1.10.0")));
        route.addLabels(VersionLabel.newBuilder().setLabel("proven").setVersion(version("1.11.0")));
        ClusterView view = ClusterView.newBuilder().addRoutes(route).build();
        String asked = refusal(() -> choose(view, "1.39.7"));
        assertTrue(
                asked.matches(
                        "plugin \"plugin-10\" has no version 1\\.39\\.7 \\(expected: 1\\.0\\.0,"
                                + " 1\\.10\\.0, .*1\\.28\\.0 or one of 11 more\\);"
                                + " did you mean 1\\.39\\.0\\?"),
                asked);
        assertEquals(
                "plugin \"plugin-10\" has no version that is labelled stabel (expected: a version,"
                        + " a range, or one of stable, proven); did you mean stable?",
                refusal(() -> choose(view, "stabel")));
    }

    @Test
    void aRangeNeverTakesAVersionThatIsGivenToThoseOnlyWhoAskForItself() throws Exception {
        PluginVersion tried = version("1.1.0");
        PluginVersion old = version("0.9.0");
        Route route = view(1).getRoutes(0).toBuilder().addKnown(old).addExact(tried).build();
        ClusterView view = ClusterView.newBuilder().addRoutes(route).build();
        assertEquals(route.getCurrent(), choose(view, "[0,2)"));
        assertEquals(old, choose(view, "[0,1)"));
        assertEquals(tried, choose(view, "1.1.0"));
        assertEquals(tried, Routes.pinned(view, tried));
        CallException why = assertThrows(CallException.class, () -> choose(view, "[1.1,2)"));
        assertEquals(
                "plugin \"plugin-10\" has no version [1.1,2) (expected: 0.9.0, 1.0.0); a range"
                    + " leaves out what is tried, was rolled back, or never given to new groups:"
                    + " 1.1.0 (name it exactly)",
                why.getMessage());
    }

    @Test
    void aCanaryGetsTheShareThatWasAskedForAndAGroupAlwaysTheSame() throws Exception {
        Random random = new Random(1);
        List<ByteString> groups = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            byte[] id = new byte[16];
            random.nextBytes(id);
            groups.add(ByteString.copyFrom(id));
        }
        assertEquals(Set.of(), given(groups, 0));
        assertEquals(10_000, given(groups, 100).size());
        Set<ByteString> tenth = given(groups, 10);
        assertTrue(tenth.size() >= 900 && tenth.size() <= 1_100, () -> tenth.size() + " of 10,000");
        assertEquals(tenth, given(groups, 10));
        assertTrue(given(groups, 50).containsAll(tenth), "who has it keeps it when more get it");
    }

    /// Those that get the canary.
    private static Set<ByteString> given(List<ByteString> groups, int percent)
            throws CallException {
        PluginVersion tried = version("1.1.0");
        Route route =
                view(1).getRoutes(0).toBuilder().setCanary(tried).setCanaryPercent(percent).build();
        ClusterView view = ClusterView.newBuilder().addRoutes(route).build();
        Set<ByteString> given = new HashSet<>();
        for (ByteString group : groups) {
            if (Routes.choose(view, "plugin-10", "", group).equals(tried)) {
                given.add(group);
            }
        }
        return given;
    }

    private static PluginVersion choose(ClusterView view, String asked) throws CallException {
        return Routes.choose(view, "plugin-10", asked, ByteString.EMPTY);
    }

    private static PluginVersion version(String version) {
        return PluginVersion.newBuilder().setName("plugin-10").setVersion(version).build();
    }

    private static String refusal(ClusterView view, String plugin) {
        return refusal(() -> Routes.choose(view, plugin, "", ByteString.EMPTY));
    }

    private static String refusal(Executable choice) {
        CallException why = assertThrows(CallException.class, choice);
        assertEquals(Kind.NOT_FOUND, why.kind());
        return why.getMessage();
    }

    private static ClusterView view(int plugins) {
        ClusterView.Builder view = ClusterView.newBuilder();
        for (int i = 0; i < plugins; i++) {
            view.addRoutes(
                    Route.newBuilder()
                            .setCurrent(
                                    PluginVersion.newBuilder()
                                            .setName("plugin-" + (10 + i))
                                            .setVersion("1.0.0")));
        }
        return view.build();
    }
}
