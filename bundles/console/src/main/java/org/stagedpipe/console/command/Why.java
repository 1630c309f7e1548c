package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.GroupWaits;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.StageLoad;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// What limits a group, in one sentence, and the figures behind it.
///
/// @param limit client does not send, client does not read, coordinator memory, worker memory, stage busy, too few workers,
///     or no figures
/// @param sentence for people
/// @param overMs of the group's life that was looked at
/// @param waits by how much of that time each of them held it back, in percent
/// @param itemsPerSecond that ended meanwhile
/// @param workers what its workers said last
record Why(
        String limit,
        String sentence,
        long overMs,
        Percents waits,
        double itemsPerSecond,
        List<WorkerFigures> workers) {

    private static final double BUSY = 0.85;
    private static final double SOME = 0.1;
    private static final double FULL = 0.9;

    /// @see GroupWaits
    record Percents(
            int clientSends, int clientReads, int coordinatorMemory, int workers, int noWorker) {}

    /// @param machineCoresBusy with all other processes of its machine, or its container
    /// @param stage in which most of the time goes, empty if none is known
    /// @param stagePercent of the time in all stages
    /// @param stageMs an item's mean time in it
    record WorkerFigures(
            String name,
            boolean cordoned,
            int pipelines,
            int running,
            double coresBusy,
            double machineCoresBusy,
            int cores,
            boolean paused,
            long reservedBytes,
            long budgetBytes,
            String stage,
            int stagePercent,
            double stageMs) {

        boolean isFull() {
            return paused || (budgetBytes > 0 && reservedBytes >= FULL * budgetBytes);
        }

        /// Whether each of its places for items has one, or its processors have no time.
        boolean takesNoMore() {
            return isBusy() || (pipelines > 0 && running >= pipelines);
        }

        /// By itself, or with others, of whom it gets less than it would take: not if its stages wait for something else.
        boolean isBusy() {
            return cores > 0
                    && (coresBusy >= BUSY * cores
                            || machineCoresBusy >= BUSY * cores && coresBusy >= SOME * cores);
        }
    }

    /// @param before the group some time ago, on the same coordinator since; all counts zero for its whole life there
    /// @param now the same group
    /// @param earlier all members some time ago; none for their whole life
    /// @param nodes all members as of now
    static Why of(
            GroupSummary before, GroupSummary now, List<NodeEntry> earlier, List<NodeEntry> nodes) {
        GroupWaits from = before.getWaits();
        GroupWaits to = now.getWaits();
        long[] ms = {
            to.getClientSends() - from.getClientSends(),
            to.getClientReads() - from.getClientReads(),
            to.getCoordinatorMemory() - from.getCoordinatorMemory(),
            to.getWorkers() - from.getWorkers(),
            to.getNoWorker() - from.getNoWorker()
        };
        long over = 0;
        int most = 0;
        for (int i = 0; i < ms.length; i++) {
            over += ms[i];
            most = ms[i] > ms[most] ? i : most;
        }
        Percents percents =
                new Percents(
                        percent(ms[0], over),
                        percent(ms[1], over),
                        percent(ms[2], over),
                        percent(ms[3], over),
                        percent(ms[4], over));
        List<WorkerFigures> workers = figures(now, earlier, nodes);
        String limit = over == 0 ? "no figures" : limit(most, workers);
        long ended = done(now) - done(before);
        double rate = over == 0 ? 0 : ended * 1e3 / over;
        String sentence = sentence(limit, percent(ms[most], over), workers);
        return new Why(limit, sentence, over, percents, rate, workers);
    }

    private static String limit(int most, List<WorkerFigures> workers) {
        return switch (most) {
            case 0 -> "client does not send";
            case 1 -> "client does not read";
            case 2 -> "coordinator memory";
            case 3 -> {
                if (!workers.isEmpty() && workers.stream().allMatch(WorkerFigures::cordoned)) {
                    yield "too few workers";
                }
                if (isShortOfMemory(workers)) {
                    yield "worker memory";
                }
                boolean isBusy =
                        !workers.isEmpty() && workers.stream().allMatch(WorkerFigures::isBusy);
                yield isBusy || busiest(workers) == null ? "too few workers" : "stage busy";
            }
            default -> "too few workers";
        };
    }

    /// Where others than those that are full have all that they take, too, more memory would change little.
    private static boolean isShortOfMemory(List<WorkerFigures> workers) {
        return workers.stream().anyMatch(WorkerFigures::isFull)
                && workers.stream().noneMatch(one -> !one.isFull() && one.takesNoMore());
    }

    private static String sentence(String limit, int percent, List<WorkerFigures> workers) {
        String time = percent + " % of the time ";
        return switch (limit) {
            case "client does not send" ->
                    "The client does not send: "
                            + time
                            + "there was room for items, and none came.";
            case "client does not read" ->
                    "The client does not read: " + time + "answers waited for it.";
            case "coordinator memory" ->
                    "The coordinator's memory is short: "
                            + time
                            + "items waited for the answers of other groups to leave.";
            case "worker memory" ->
                    "Worker memory is full: " + time + "items waited for " + full(workers) + ".";
            case "stage busy" ->
                    "Stage "
                            + stage(workers)
                            + ": "
                            + time
                            + "its workers had as many items as they take.";
            case "too few workers" ->
                    workers.isEmpty()
                            ? "There are too few workers: " + time + "none was ready."
                            : "There are too few workers: "
                                    + time
                                    + "items waited for "
                                    + busy(workers)
                                    + ".";
            default -> "Nothing is known: the group's coordinator has counted no time of it.";
        };
    }

    private static String full(List<WorkerFigures> workers) {
        return String.join(
                " and ",
                workers.stream()
                        .filter(WorkerFigures::isFull)
                        .map(worker ->
                                worker.name()
                                        + (worker.paused()
                                                ? ", which pauses and holds "
                                                : ", which holds ")
                                        + Values.bytes(worker.reservedBytes())
                                        + " of "
                                        + Values.bytes(worker.budgetBytes()))
                        .toList());
    }

    private static String busy(List<WorkerFigures> workers) {
        return String.join(
                " and ",
                workers.stream()
                        .map(worker ->
                                worker.cordoned()
                                        ? worker.name() + ", which is cordoned (node resume)"
                                        : String.format(
                                                Locale.ROOT,
                                                "%s with %.1f of %d cores busy (%.1f by all of"
                                                        + " its machine)",
                                                worker.name(),
                                                worker.coresBusy(),
                                                worker.cores(),
                                                worker.machineCoresBusy()))
                        .toList());
    }

    private static String stage(List<WorkerFigures> workers) {
        WorkerFigures busiest = busiest(workers);
        return busiest == null
                ? "?"
                : String.format(
                        Locale.ROOT,
                        "%s is busy with %.1f ms an item, %d %% of the time in all stages",
                        busiest.stage(),
                        busiest.stageMs(),
                        busiest.stagePercent());
    }

    private static @Nullable WorkerFigures busiest(List<WorkerFigures> workers) {
        return workers.stream()
                .filter(worker -> !worker.stage().isEmpty())
                .max(Comparator.comparingInt(WorkerFigures::running))
                .orElse(null);
    }

    private static List<WorkerFigures> figures(
            GroupSummary group, List<NodeEntry> earlier, List<NodeEntry> nodes) {
        List<WorkerFigures> figures = new ArrayList<>();
        for (NodeEntry node : nodes) {
            if (group.getWorkersList().contains(node.getName())) {
                NodeEntry before =
                        earlier.stream()
                                .filter(other -> other.getName().equals(node.getName()))
                                .findFirst()
                                .orElse(NodeEntry.getDefaultInstance());
                figures.add(
                        figures(
                                node,
                                RecentStages.status(node, group.getPlugin()),
                                RecentStages.of(before, node, group.getPlugin())));
            }
        }
        return figures;
    }

    private static WorkerFigures figures(
            NodeEntry node, PluginStatus status, List<StageLoad> stages) {
        StageLoad stage =
                stages.stream()
                        .max(Comparator.comparingDouble(StageLoad::getShare))
                        .orElse(StageLoad.getDefaultInstance());
        return new WorkerFigures(
                node.getName(),
                node.getState().equals("cordoned"),
                status.getLoad().getPipelines(),
                status.getLoad().getRunning(),
                node.getLoad().getCpu(),
                node.getLoad().getMachineCpu(),
                node.getLoad().getCores(),
                node.getLoad().getMemory().getPaused(),
                node.getLoad().getMemory().getReservedBytes(),
                node.getLoad().getMemory().getBudgetBytes(),
                stage.getStage(),
                (int) Math.round(100 * stage.getShare()),
                stage.getMeanUs() / 1e3);
    }

    private static long done(GroupSummary group) {
        return group.getOk() + group.getFailed() + group.getAborted();
    }

    private static int percent(long part, long all) {
        return all == 0 ? 0 : (int) Math.round(100.0 * part / all);
    }
}
