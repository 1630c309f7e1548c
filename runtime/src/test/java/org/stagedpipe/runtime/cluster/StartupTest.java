package org.stagedpipe.runtime.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.runtime.Folders;
import org.stagedpipe.runtime.Home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Overseers that are scripts: a member of three serves once another one runs, as with a real store.
@Timeout(30)
class StartupTest {

    private static final String NODE =
            """
            #!/bin/bash
            while [ $# -gt 0 ]; do
              [ "$1" != --data ] || data=$2
              [ "$1" != --overseer ] || joins=$2
              [ "$1" != --conf ] || conf=$2
              shift
            done
            cd "${data%/*}" && mkdir -p "$data/store" && touch "$data.runs"
            echo "${joins:-}" > "$data/joins" && echo "${conf:-}" > "$data/conf"
            most=1
            [ ! -e three ] || most=2
            until [ "$(ls ./*.runs | wc -l)" -ge "$most" ]; do sleep 0.02; done
            touch "$data/store/server.cfg"
            printf '{"addresses":{"overseer":"%s:1"}}' "${data##*/}" > "$data/new" && mv "$data/new" "$data/node.json"
            exec sleep 60
            """;

    @TempDir Path folder;

    @Test
    void overseersThatWereMembersStartTogether() throws Exception {
        assertEquals(List.of("", "overseer-1:1", "overseer-1:1,overseer-2:1"), up(3));
        Files.createFile(folder.resolve("cluster/three"));
        assertEquals(List.of("", "", ""), up(3));
        assertEquals(List.of("", "", ""), up(1));
    }

    @Test
    void othersJoinOneThatWasAloneBefore() throws Exception {
        assertEquals(List.of(""), up(1));
        assertEquals(List.of("", "overseer-1:1", "overseer-1:1,overseer-2:1"), up(3));
    }

    @Test
    void oneThatEndedWhileItJoinedJoinsAnew() throws Exception {
        assertEquals(List.of("", "overseer-1:1"), up(2));
        Files.createFile(folder.resolve("cluster/overseer-2/store/joining"));
        assertEquals(List.of("", "overseer-1:1"), up(2));
    }

    @Test
    void oneWithAnEmptyFolderJoinsMembersAndFoundsNothing() throws Exception {
        assertEquals(List.of("", "overseer-1:1", "overseer-1:1,overseer-2:1"), up(3));
        Files.createFile(folder.resolve("cluster/three"));
        Folders.delete(folder.resolve("cluster/overseer-1"));
        assertEquals(List.of("", ""), up(1, "overseer-2", "overseer-3"));
        assertEquals(
                List.of("", "", "overseer-2:1,overseer-3:1"),
                up(3, "overseer-2", "overseer-3", "overseer-1"));
    }

    /// They may name the overseers, or the store, of another cluster.
    @Test
    void noneHasTheConfigurationsOfTheDistribution() throws Exception {
        up(3);
        Path conf = folder.resolve("cluster/conf");
        for (int i = 1; i <= 3; i++) {
            Path said = folder.resolve("cluster/overseer-" + i + "/conf");
            assertEquals(conf.toString(), Files.readString(said).strip());
        }
        assertArrayEquals(new String[0], conf.toFile().list());
    }

    private List<String> up(int overseers) throws IOException, InterruptedException {
        return up(overseers, "overseer-1", "overseer-2", "overseer-3");
    }

    /// Starts them, stops them, and says whom each joined.
    ///
    /// @param names of those that serve, in their order, perhaps of more
    private List<String> up(int overseers, String... names)
            throws IOException, InterruptedException {
        Path script = folder.resolve("bin/stagedpipe");
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(script, NODE);
        assertTrue(script.toFile().setExecutable(true));
        LocalCluster cluster =
                LocalCluster.begin(new Home(folder, folder), folder.resolve("cluster"));
        try {
            List<Member> ready = new Startup(cluster, overseers, 0, 0).overseers(progress -> {});
            assertEquals(
                    List.of(names).subList(0, ready.size()),
                    ready.stream().map(Member::name).toList());
            List<String> joins = new ArrayList<>();
            for (Member member : ready) {
                joins.add(Files.readString(cluster.data(member.name()).resolve("joins")).strip());
            }
            return joins;
        } finally {
            cluster.stop();
            for (int i = 1; i <= 3; i++) {
                Files.deleteIfExists(folder.resolve("cluster/overseer-" + i + ".runs"));
            }
        }
    }
}
