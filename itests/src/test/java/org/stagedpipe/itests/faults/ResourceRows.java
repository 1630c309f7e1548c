package org.stagedpipe.itests.faults;

import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;

import java.util.List;

/// Disks that are full.
final class ResourceRows {

    static final List<Row> ALL =
            List.of(
                    Row.of("disk-full-worker", round -> diskFull(round, "w1")),
                    Row.of("disk-full-overseer", round -> diskFull(round, "o1")));

    private ResourceRows() {}

    /// An update that finds no room changes nothing and says so; groups go on; with room again the next one passes.
    private static void diskFull(Round round, String node) throws Exception {
        String before = OverseerRows.current(round);
        round.cluster().node(node).kill();
        try (SmallDisk disk = SmallDisk.over(round.cluster().data(node))) {
            round.cluster().restart(node);
            round.cluster().awaitMembers();
            disk.fill();
            try {
                round.cluster().publish(Mode.UPDATE);
                round.wrong("an update passes although the disk of " + node + " is full");
            } catch (CallException e) {
                round.note(() -> "refused: " + e.getMessage());
            }
            String after = OverseerRows.current(round);
            if (!after.equals(before)) {
                round.wrong("the catalogue says " + after + " (expected: " + before + ")");
            }
            round.awaitProgress(200, 3);
            round.serveOne("while the disk of " + node + " is full");
            disk.free();
            round.cluster().publish(Mode.UPDATE);
            round.serveOne("when the disk of " + node + " has room again");
            round.cluster().node(node).kill();
        }
    }
}
