package org.stagedpipe.console.command;

import com.google.protobuf.ByteString;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.DeadLetterClient;
import org.stagedpipe.console.admin.DeadLetterClient.Kept;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;

import java.util.List;

/// The items of one group that failed and were kept, on whatever coordinators. Owns the connections to them.
///
/// @param client reads them
/// @param group its 16 bytes
/// @param plugin what ran them
/// @param dropped how many more failed and were not kept
public record DeadLetters(
        DeadLetterClient client, ByteString group, PluginVersion plugin, long dropped)
        implements AutoCloseable {

    /// Of the group whose ID begins so.
    ///
    /// @throws UsageException if the text is no beginning of an ID, or of more than one
    /// @throws CallException of kind NOT_FOUND if nothing is kept of it
    public static DeadLetters find(ConsoleContext context, String prefix)
            throws CallException, InterruptedException {
        DeadLetterClient client = connect(context);
        boolean found = false;
        try {
            List<Kept> all = client.list();
            warn(context, client);
            ByteString group =
                    GroupId.findKept(
                            prefix, all.stream().map(kept -> kept.group().getGroup()).toList());
            List<DeadLetterGroup> own =
                    all.stream()
                            .map(Kept::group)
                            .filter(kept -> kept.getGroup().equals(group))
                            .toList();
            long dropped = own.stream().mapToLong(DeadLetterGroup::getDropped).sum();
            warnOfDropped(context, dropped);
            PluginVersion plugin =
                    own.stream()
                            .map(DeadLetterGroup::getPlugin)
                            .findFirst()
                            .orElse(PluginVersion.getDefaultInstance());
            found = true;
            return new DeadLetters(client, group, plugin, dropped);
        } finally {
            if (!found) {
                client.close();
            }
        }
    }

    private static void warnOfDropped(ConsoleContext context, long dropped) {
        if (dropped > 0) {
            context.warn(
                    dropped
                            + (dropped == 1 ? " item" : " items")
                            + " of the group failed and could not be kept, and"
                            + (dropped == 1 ? " is" : " are")
                            + " not among these");
        }
    }

    static DeadLetterClient connect(ConsoleContext context)
            throws CallException, InterruptedException {
        try (AdminClient admin = context.connect()) {
            return DeadLetterClient.of(admin, context.security());
        }
    }

    static void warn(ConsoleContext context, DeadLetterClient client) {
        client.silent().forEach(text -> context.warn("coordinator " + text + "; it is left out"));
    }

    /// The exit code of what was done: partly, if a coordinator did not answer.
    public int exitCode(int otherwise) {
        return otherwise == ExitCode.OK && !client.silent().isEmpty() ? ExitCode.PARTLY : otherwise;
    }

    @Override
    public void close() {
        client.close();
    }
}
