package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.GroupWaits;
import org.stagedpipe.protocol.v1.Load;
import org.stagedpipe.protocol.v1.Memory;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginLoad;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.StageLoad;

import java.util.List;
import java.util.function.Consumer;

class WhyTest {

    private static final PluginVersion FISH =
            PluginVersion.newBuilder().setName("fish").setVersion("1.0.0").build();

    @Test
    void client() {
        assertEquals(
                "The client does not send: 80 % of the time there was room for items, and none"
                        + " came.",
                why(waits -> waits.setClientSends(800).setWorkers(200)).sentence());
        assertEquals(
                "The client does not read: 90 % of the time answers waited for it.",
                why(waits -> waits.setClientReads(900).setWorkers(100)).sentence());
    }

    @Test
    void memory() {
        Why others = why(waits -> waits.setCoordinatorMemory(900).setWorkers(100));
        assertEquals("coordinator memory", others.limit());
        assertEquals(
                "The coordinator's memory is short: 90 % of the time items waited for the answers"
                        + " of other groups to leave.",
                others.sentence());
        Why why =
                why(
                        waits -> waits.setWorkers(1_000),
                        worker("w1", 3.9, 1_000),
                        worker("w2", 1, 950));
        assertEquals("worker memory", why.limit());
        assertEquals(
                "Worker memory is full: 100 % of the time items waited for w1, which holds 1000 B"
                        + " of 1000 B and w2, which holds 950 B of 1000 B.",
                why.sentence());
    }

    /// More memory for the one would change little.
    @Test
    void oneThatIsFullAmongOthersThatTakeNoMoreIsNotWhatLimits() {
        NodeEntry full = worker("w1", 1, 1_000);
        NodeEntry busy = worker("w2", 1, 100);
        assertEquals("stage busy", why(waits -> waits.setWorkers(1_000), full, busy).limit());
        assertEquals("worker memory", why(waits -> waits.setWorkers(1_000), full).limit());
        NodeEntry idle =
                busy.toBuilder()
                        .setPlugins(
                                0,
                                busy.getPlugins(0).toBuilder()
                                        .setLoad(
                                                busy.getPlugins(0).getLoad().toBuilder()
                                                        .setRunning(1)))
                        .build();
        assertEquals( // as in a keyed group, whose items wait for the one
                "worker memory", why(waits -> waits.setWorkers(1_000), full, idle).limit());
    }

    @Test
    void stage() {
        Why why = why(waits -> waits.setWorkers(1_000), worker("w1", 1, 100));
        assertEquals("stage busy", why.limit());
        assertEquals(
                "Stage load is busy with 12.0 ms an item, 75 % of the time in all stages: 100 % of"
                        + " the time its workers had as many items as they take.",
                why.sentence());
    }

    @Test
    void workers() {
        assertEquals("too few workers", why(waits -> waits.setNoWorker(1_000)).limit());
        Why why =
                why(waits -> waits.setWorkers(1_000), worker("w1", 3.6, 100), worker("w2", 4, 100));
        assertEquals(
                "There are too few workers: 100 % of the time items waited for w1 with 3.6 of 4"
                        + " cores busy (3.6 by all of its machine) and w2 with 4.0 of 4 cores busy"
                        + " (4.0 by all of its machine).",
                why.sentence());
    }

    @Test
    void workersThatShareAMachine() {
        Why alone = why(waits -> waits.setWorkers(1_000), worker("w1", 1.9, 2.1, 100));
        assertEquals("stage busy", alone.limit());
        Why waiting = why(waits -> waits.setWorkers(1_000), worker("w1", 0.1, 3.9, 100));
        assertEquals("stage busy", waiting.limit(), "others compute, its stage does not");
        Why why =
                why(
                        waits -> waits.setWorkers(1_000),
                        worker("w1", 1.9, 3.9, 100),
                        worker("w2", 1.8, 3.9, 100));
        assertEquals("too few workers", why.limit());
        assertTrue(
                why.sentence().contains("w1 with 1.9 of 4 cores busy (3.9 by all of its machine)"),
                why.sentence());
    }

    @Test
    void saysThatAllWorkersAreCordoned() {
        NodeEntry cordoned = worker("w1", 0, 1_000).toBuilder().setState("cordoned").build();
        Why why = why(waits -> waits.setWorkers(1_000), cordoned);
        assertEquals("too few workers", why.limit());
        assertEquals(
                "There are too few workers: 100 % of the time items waited for w1, which is"
                        + " cordoned (node resume).",
                why.sentence());
    }

    @Test
    void looksAtWhatCameBetween() {
        GroupSummary before =
                GroupSummary.newBuilder()
                        .setOk(10)
                        .setWaits(GroupWaits.newBuilder().setClientSends(60_000))
                        .build();
        GroupSummary now =
                before.toBuilder()
                        .setOk(110)
                        .setWaits(before.getWaits().toBuilder().setClientReads(2_000))
                        .build();
        Why why = Why.of(before, now, List.of(), List.of());
        assertEquals("client does not read", why.limit());
        assertEquals(2_000, why.overMs());
        assertEquals(50, why.itemsPerSecond());
        assertEquals("no figures", Why.of(now, now, List.of(), List.of()).limit());
    }

    @Test
    void timesTheStagesBetweenTheTwoLooks() {
        GroupSummary group =
                GroupSummary.newBuilder()
                        .setPlugin(FISH)
                        .addWorkers("w1")
                        .setWaits(GroupWaits.newBuilder().setWorkers(2_000))
                        .build();
        NodeEntry before =
                worker(stage("clean", 4_000, 0.25, 100), stage("load", 12_000, 0.75, 100));
        NodeEntry now = worker(stage("clean", 44_000, 0.79, 110), stage("load", 12_000, 0.21, 110));
        String busy = "Stage clean is busy with 444.0 ms an item, 97 % of the time in all stages";
        String sentence = of(group, before, now).sentence();
        assertTrue(sentence.startsWith(busy), sentence);
        String life = of(group, now, now).sentence();
        assertTrue(life.startsWith("Stage clean is busy with 44.0 ms an item, 79 %"), life);
        assertEquals(life, of(group, worker(stage("clean", 1, 1, 500)), now).sentence());
    }

    private static Why of(GroupSummary group, NodeEntry before, NodeEntry now) {
        GroupSummary none = GroupSummary.getDefaultInstance();
        return Why.of(none, group, List.of(before), List.of(now));
    }

    private static NodeEntry worker(StageLoad... stages) {
        PluginLoad load = PluginLoad.newBuilder().addAllStages(List.of(stages)).build();
        return NodeEntry.newBuilder()
                .setName("w1")
                .addPlugins(PluginStatus.newBuilder().setPlugin(FISH).setLoad(load))
                .build();
    }

    private static StageLoad stage(String name, long meanUs, double share, long items) {
        return stage(name, meanUs, share).toBuilder()
                .setItems(items)
                .setTotalUs(items * meanUs)
                .build();
    }

    private static Why why(Consumer<GroupWaits.Builder> change, NodeEntry... workers) {
        GroupWaits.Builder waits = GroupWaits.newBuilder();
        change.accept(waits);
        GroupSummary.Builder group = GroupSummary.newBuilder().setPlugin(FISH).setWaits(waits);
        for (NodeEntry worker : workers) {
            group.addWorkers(worker.getName());
        }
        return Why.of(
                GroupSummary.getDefaultInstance(), group.build(), List.of(), List.of(workers));
    }

    private static NodeEntry worker(String name, double cpu, long bytes) {
        return worker(name, cpu, cpu, bytes);
    }

    private static NodeEntry worker(String name, double cpu, double machineCpu, long bytes) {
        return NodeEntry.newBuilder()
                .setName(name)
                .setLoad(
                        Load.newBuilder()
                                .setCpu(cpu)
                                .setMachineCpu(machineCpu)
                                .setCores(4)
                                .setMemory(
                                        Memory.newBuilder()
                                                .setReservedBytes(bytes)
                                                .setBudgetBytes(1_000)))
                .addPlugins(
                        PluginStatus.newBuilder()
                                .setPlugin(FISH)
                                .setLoad(
                                        PluginLoad.newBuilder()
                                                .setPipelines(4)
                                                .setRunning(4)
                                                .addStages(stage("clean", 4_000, 0.25))
                                                .addStages(stage("load", 12_000, 0.75))))
                .build();
    }

    private static StageLoad stage(String name, long meanUs, double share) {
        return StageLoad.newBuilder().setStage(name).setMeanUs(meanUs).setShare(share).build();
    }
}
