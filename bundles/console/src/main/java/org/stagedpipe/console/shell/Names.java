package org.stagedpipe.console.shell;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.DeadLetterClient;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.GroupId;
import org.stagedpipe.console.command.Labels;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.transport.CallException;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The names that the overseer knows now, to be offered where a command takes one.
///
/// @param defaults where the overseer is
record Names(Defaults defaults) {

    private static final Set<String> KNOWN =
            Set.of(
                    Labels.NODE,
                    Labels.PLUGIN,
                    Labels.VERSION,
                    Labels.LABEL,
                    Labels.ROLLOUT,
                    Labels.LIBRARY,
                    Labels.LIBRARY_VERSION,
                    Labels.GROUP,
                    Labels.DEAD_LETTERS);

    /// Names of the things that a parameter of that label takes; none if it takes others, or the overseer does not answer.
    ///
    /// @param given the parameters before it
    List<String> of(String label, List<String> given) {
        if (!KNOWN.contains(label)) {
            return List.of();
        }
        try (AdminClient admin = AdminClient.connect(defaults.overseers(), defaults.security())) {
            return switch (label) {
                case Labels.NODE -> admin.nodes().stream().map(NodeEntry::getName).toList();
                case Labels.PLUGIN -> admin.pluginNames();
                case Labels.ROLLOUT -> admin.rollouts().stream().map(RolloutEntry::getId).toList();
                case Labels.LABEL ->
                        given.isEmpty() ? List.of() : labels(admin.plugin(given.getFirst()));
                case Labels.GROUP -> admin.groups().stream().map(Names::id).toList();
                case Labels.DEAD_LETTERS -> deadLetters(admin);
                case Labels.LIBRARY ->
                        admin.libraries().stream()
                                .map(entry -> entry.getLibrary().getSymbolicName())
                                .distinct()
                                .toList();
                case Labels.LIBRARY_VERSION ->
                        admin.libraries().stream()
                                .map(LibraryEntry::getLibrary)
                                .filter(library -> given.contains(library.getSymbolicName()))
                                .map(Library::getVersion)
                                .toList();
                default -> given.isEmpty() ? List.of() : versions(admin.plugin(given.getFirst()));
            };
        } catch (CallException e) {
            return List.of(); // the command itself will say why
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private List<String> deadLetters(AdminClient admin) throws CallException, InterruptedException {
        try (DeadLetterClient client = DeadLetterClient.of(admin, defaults.security())) {
            return client.list().stream()
                    .map(kept -> GroupId.text(kept.group().getGroup()))
                    .distinct()
                    .toList();
        }
    }

    private static String id(GroupEntry group) {
        return GroupId.text(group.getSummary().getGroup());
    }

    private static List<String> labels(PluginEntry plugin) {
        return plugin.getVersionsList().stream()
                .flatMap(version -> version.getLabelsList().stream())
                .toList();
    }

    private static List<String> versions(PluginEntry plugin) {
        return plugin.getVersionsList().stream()
                .filter(version -> version.getDeletedMs() == 0)
                .flatMap(version ->
                        Stream.concat(
                                Stream.of(version.getPlugin().getVersion()),
                                version.getLabelsList().stream()))
                .toList();
    }
}
