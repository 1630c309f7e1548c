package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Shows how an update goes, and knows what became of its rollout.
final class RolloutWatch implements PublishListener {

    private static final Duration LOOK = Duration.ofMillis(500);

    private final PublishListener shown;
    private final List<String> plan = new ArrayList<>();
    private volatile @Nullable RolloutEntry last;

    RolloutWatch(PublishListener shown) {
        this.shown = shown;
    }

    @Override
    public void uploaded(long bytes, long size) {
        shown.uploaded(bytes, size);
    }

    @Override
    public void asked() {
        shown.asked();
    }

    @Override
    public void step(Progress progress) {
        if (progress.hasRollout()) {
            last = progress.getRollout();
        }
        if (progress.getStep().equals("plan")) {
            plan.add(progress.getText());
        } else {
            shown.step(progress);
        }
    }

    @Override
    public void anew() {
        plan.clear();
        shown.anew();
    }

    /// What publishing it would do, as the overseer says; shown to nobody yet.
    List<String> plan() {
        return List.copyOf(plan);
    }

    /// What the overseer said last of it; null if there is none.
    @Nullable RolloutEntry last() {
        return last;
    }

    boolean isRolledBack() {
        RolloutEntry now = last;
        return now != null && now.getState().equals("rolled_back");
    }

    /// Waits until the rollout has ended, however long it is held or paused, or nobody reads the progress any more; Ctrl-C ends the
    /// waiting, not the rollout.
    ///
    /// @throws RolledBackException if it was rolled back
    static RolloutEntry await(LastingOverseer overseer, ProgressView progress, String id)
            throws CallException, InterruptedException {
        return await(overseer, progress, id, state -> state.equals("done"));
    }

    /// The same, but only until groups get the version, or some of them do.
    static RolloutEntry awaitTried(LastingOverseer overseer, ProgressView progress, String id)
            throws CallException, InterruptedException {
        return await(overseer, progress, id, state -> !state.equals("pushing"));
    }

    private static RolloutEntry await(
            LastingOverseer overseer, ProgressView progress, String id, Predicate<String> until)
            throws CallException, InterruptedException {
        while (true) {
            RolloutEntry now = overseer.ask(admin -> find(admin, id));
            if (now.getState().equals("rolled_back")) {
                throw new RolledBackException(
                        now.getTo().getVersion() + " was rolled back: " + now.getText());
            }
            if (until.test(now.getState())) {
                progress.end();
                return now;
            }
            progress.rollout(now);
            if (!progress.isRead()) {
                return now;
            }
            Thread.sleep(LOOK);
        }
    }

    /// @throws CallException NOT_FOUND, with what was probably meant
    static RolloutEntry find(AdminClient admin, String id)
            throws CallException, InterruptedException {
        List<RolloutEntry> rollouts = admin.rollouts();
        return rollouts.stream()
                .filter(rollout -> rollout.getId().equals(id))
                .findFirst()
                .orElseThrow(() -> unknown(id, rollouts));
    }

    private static CallException unknown(String id, List<RolloutEntry> rollouts) {
        List<String> known = rollouts.stream().map(RolloutEntry::getId).toList();
        return new CallException(
                Kind.NOT_FOUND,
                "rollout \""
                        + id
                        + "\": there is no such rollout; "
                        + Nearest.hint(id, known, "rollouts"));
    }
}
