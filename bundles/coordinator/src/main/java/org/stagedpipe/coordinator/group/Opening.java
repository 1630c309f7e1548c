package org.stagedpipe.coordinator.group;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.concurrent.Future;

/// How a group opens: waits for a view that knows its plugin and a ready worker, then for the first worker that opens its
/// part. It fails when all have refused, with what the first of them said, or when a wait is over. Where none of those that try a
/// version is there, a group that did not ask for it opens on the one that others get.
final class Opening {

    private final Environment environment;
    private final Serial serial;
    private final OpenGroup message;
    private final Parts parts;
    private final Group.Events events;
    private volatile @Nullable PluginVersion plugin;
    private @Nullable ClusterView latest;
    private @Nullable CallException refusal;
    private @Nullable Future<?> timer;
    private boolean isOver;

    /// @param message checked
    /// @param events told why the group does not open, once
    Opening(
            Environment environment,
            Serial serial,
            OpenGroup message,
            Parts parts,
            Group.Events events) {
        this.environment = environment;
        this.serial = serial;
        this.message = message;
        this.parts = parts;
        this.events = events;
    }

    /// Begins.
    ///
    /// @param view null if no overseer has told of the cluster yet
    void begin(@Nullable ClusterView view) {
        timer = environment.after(environment.limits().openWait(), serial, this::stopWaiting);
        view(view);
    }

    /// The cluster as it is now.
    void view(@Nullable ClusterView view) {
        latest = view;
        if (isOver || plugin != null) {
            return;
        }
        try {
            PluginVersion chosen = OpenRules.choose(environment.coordinator(), view, message);
            refusal = null;
            plugin = chosen;
            cancelTimer();
            Duration timeout = environment.limits().openTimeout();
            timer = environment.after(timeout, serial, () -> timedOut(timeout));
            parts.open(work(chosen), view == null ? ClusterView.getDefaultInstance() : view);
        } catch (CallException e) {
            refusal = e;
        }
    }

    /// A worker did not open its part. What it says counts more than silence; but a group that was open before may have been so
    /// on the worker that is silent now, and its client is to ask again.
    void refused(CallException why) {
        CallException first = refusal;
        boolean wasSilent = first != null && first.kind() == Kind.UNREACHABLE;
        boolean isSilent = why.kind() == Kind.UNREACHABLE;
        if (first == null || (wasSilent != isSilent && isSilent == message.hasResume())) {
            refusal = why;
        }
        if (parts.isEmpty() && !opensInstead()) {
            fail();
        }
    }

    /// The view names workers as ready until their lease has ended: those that try its version may be dead, perhaps of it.
    private boolean opensInstead() {
        PluginVersion tried = plugin;
        CallException why = refusal;
        ClusterView view = latest;
        if (isOver || tried == null || view == null || why == null) {
            return false;
        }
        PluginVersion beside = OpenRules.instead(view, message, tried);
        if (beside == null || why.kind() != Kind.UNREACHABLE) {
            return false;
        }
        plugin = beside;
        refusal = null;
        parts.open(work(beside), view);
        if (parts.isEmpty()) {
            refusal = why;
        }
        return !parts.isEmpty();
    }

    /// The group is open, or has ended.
    void end() {
        isOver = true;
        cancelTimer();
    }

    /// What serves the group at first, null as long as that is not known. Any thread.
    @Nullable PluginVersion plugin() {
        return plugin;
    }

    /// What opens a part on that version.
    OpenWork work(PluginVersion chosen) {
        return OpenWork.newBuilder()
                .setProtocol(OpenRules.PROTOCOL)
                .setGroup(message.getGroup())
                .setPlugin(chosen)
                .setConfiguration(message.getConfiguration())
                .setCoordinator(environment.coordinator())
                .setEpoch(message.getEpoch())
                .setKeyed(message.getKeyed())
                .setItemDeadlineMs(message.getItemDeadlineMs())
                .setStageDeadlineMs(message.getStageDeadlineMs())
                .build();
    }

    /// What the client is told once the group is open.
    GroupResponse answer() {
        GroupOpened.Builder opened =
                GroupOpened.newBuilder()
                        .setCoordinator(environment.coordinator())
                        .setMaxFrameBytes(Limits.MAX_FRAME_BYTES)
                        .setMaxItemBytes(environment.limits().maxItemBytes())
                        .setPlugin(requireNonNull(plugin, "no part opened"));
        return GroupResponse.newBuilder().setOpened(opened).build();
    }

    private void stopWaiting() {
        if (plugin == null) {
            fail();
        }
    }

    private void timedOut(Duration timeout) {
        boolean allHang = refusal == null;
        fail(
                new CallException(
                        Kind.TIMED_OUT,
                        "no worker opened the group within " + timeout.toMillis() + " ms"),
                allHang);
    }

    private void fail() {
        CallException why = refusal;
        if (why != null) {
            fail(why, isOfItsVersion(why.kind()));
        }
    }

    private void fail(CallException why, boolean isOfItsVersion) {
        if (!isOver) {
            end();
            // one that was open before has shown that its version and configuration are good, and
            // is opened again and again
            events.refused(why, isOfItsVersion && !message.hasResume());
        }
    }

    /// Whether the version says so, or nobody can have it: not a worker that is full, away, or about to stop.
    private static boolean isOfItsVersion(Kind kind) {
        return switch (kind) {
            case REFUSED, INVALID, NOT_FOUND -> true;
            case UNREACHABLE,
                    BUSY,
                    TIMED_OUT,
                    CANCELLED,
                    CONFLICT,
                    EXISTS,
                    NOT_PERMITTED,
                    INTERNAL ->
                    false;
        };
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
