package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Resume;
import org.stagedpipe.protocol.v1.WorkerEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The rules for the first message of a group.
final class OpenRules {

    static final int PROTOCOL = 1;
    private static final int ID_BYTES = 16;
    private static final int SHA256_BYTES = 32;
    private static final int MAX_CHARACTERS = 256;

    private OpenRules() {}

    /// @throws CallException if the message breaks a rule, whatever the cluster is like
    static void check(OpenGroup open) throws CallException {
        if (open.getProtocol() != PROTOCOL) {
            throw invalid("protocol", Integer.toUnsignedString(open.getProtocol()), "" + PROTOCOL);
        }
        if (open.getGroup().size() != ID_BYTES) {
            throw invalid("group", open.getGroup().size() + " bytes", ID_BYTES + " bytes");
        }
        if (open.getPlugin().isBlank()) {
            throw invalid("plugin", "\"\"", "a plugin's name");
        }
        if (open.getConfiguration().size() > Limits.MAX_CONFIGURATION_BYTES) {
            throw invalid(
                    "configuration",
                    open.getConfiguration().size() + " bytes",
                    "at most " + Limits.MAX_CONFIGURATION_BYTES);
        }
        checkLength("client", open.getClient());
        checkLength("plugin", open.getPlugin());
        checkLength("version", open.getVersion());
        checkLength("resume: version", open.getResume().getPlugin().getVersion());
        Routes.check(open.getVersion());
        if (open.getEpoch() < 0) {
            throw invalid("epoch", Long.toUnsignedString(open.getEpoch()), "below 2^63");
        }
        if (open.getItemDeadlineMs() < 0 || open.getStageDeadlineMs() < 0) {
            throw invalid(
                    "deadlines",
                    Integer.toUnsignedString(open.getItemDeadlineMs())
                            + " and "
                            + Integer.toUnsignedString(open.getStageDeadlineMs())
                            + " ms",
                    "below 2^31");
        }
        if (open.hasResume()) {
            check(open.getResume(), open.getPlugin());
        }
    }

    private static void checkLength(String name, String value) throws CallException {
        if (value.length() > MAX_CHARACTERS) {
            throw invalid(name, value.length() + " characters", "at most " + MAX_CHARACTERS);
        }
    }

    private static void check(Resume resume, String plugin) throws CallException {
        if (!resume.hasPlugin()) {
            throw invalid("resume: plugin", "none", "the version that `opened` named");
        }
        PluginVersion pinned = resume.getPlugin();
        if (!pinned.getName().equals(plugin) || pinned.getSha256().size() != SHA256_BYTES) {
            throw invalid(
                    "resume: plugin",
                    pinned.getName() + " with a digest of " + pinned.getSha256().size() + " bytes",
                    plugin + " and " + SHA256_BYTES + " bytes, as it was opened");
        }
        if (resume.getAttempt() < 2) {
            throw invalid(
                    "resume: attempt", Integer.toUnsignedString(resume.getAttempt()), "at least 2");
        }
        if (resume.getNextSequence() < 0) {
            throw invalid(
                    "resume: next_sequence",
                    Long.toUnsignedString(resume.getNextSequence()),
                    "below 2^63");
        }
    }

    /// The version that serves the group, if it can be opened now.
    ///
    /// @throws CallException why it cannot
    static PluginVersion choose(String coordinator, @Nullable ClusterView view, OpenGroup open)
            throws CallException {
        if (view == null) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    "coordinator " + coordinator + " has not heard of an overseer yet");
        }
        PluginVersion chosen =
                open.hasResume()
                        ? Routes.pinned(view, open.getResume().getPlugin())
                        : Routes.choose(view, open.getPlugin(), open.getVersion(), open.getGroup());
        if (isReady(view, chosen)) {
            return chosen;
        }
        PluginVersion beside = instead(view, open, chosen);
        if (beside != null && isReady(view, beside)) {
            return beside;
        }
        throw notReady(view, chosen);
    }

    /// What the group gets while the workers that try its version are away: what others get. Null if it is opened again, or asks
    /// for a version.
    static @Nullable PluginVersion instead(ClusterView view, OpenGroup open, PluginVersion chosen) {
        return open.hasResume() || !open.getVersion().isEmpty()
                ? null
                : Routes.beside(view, chosen);
    }

    private static boolean isReady(ClusterView view, PluginVersion version) {
        return workers(view, version).anyMatch(WorkerEntry::getReady);
    }

    /// Those that may run it.
    private static Stream<WorkerEntry> workers(ClusterView view, PluginVersion version) {
        Set<String> runners = Routes.runners(view, version);
        return view.getWorkersList().stream()
                .filter(worker -> runners.isEmpty() || runners.contains(worker.getName()));
    }

    private static CallException notReady(ClusterView view, PluginVersion chosen) {
        Set<String> runners = Routes.runners(view, chosen);
        return new CallException(
                Kind.UNREACHABLE,
                runners.isEmpty()
                        ? "no worker is ready (expected: at least one of "
                                + workers(view, chosen).count()
                                + " that are known)"
                        : "no worker that tries version "
                                + chosen.getVersion()
                                + " is ready (expected: at least one of "
                                + String.join(", ", new TreeSet<>(runners))
                                + ")");
    }

    private static CallException invalid(String what, String value, String expected) {
        return new CallException(
                Kind.INVALID, what + ": " + value + " (expected: " + expected + ")");
    }
}
