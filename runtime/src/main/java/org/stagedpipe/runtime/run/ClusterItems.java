package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.GroupBuilder;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.transport.Endpoint;

import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// A request group of the cluster.
///
/// @param key where the keys of its items are, null if they have none
record ClusterItems(Group group, @Nullable KeyField key) implements Items {

    /// Opens it.
    ///
    /// @param rules gets the group before it is opened
    /// @throws org.stagedpipe.client.ClientException if it cannot be opened
    static ClusterItems open(
            ConsoleContext context,
            String plugin,
            @Nullable KeyField key,
            Consumer<GroupBuilder> rules)
            throws InterruptedException {
        String overseers =
                String.join(",", context.overseers().stream().map(Endpoint::toString).toList());
        GroupBuilder builder =
                StagedpipeClient.connect(overseers, context.security())
                        .group(plugin)
                        .client("stagedpipe run");
        rules.accept(builder);
        if (key != null) {
            builder.keyed();
        }
        return new ClusterItems(builder.open(), key);
    }

    @Override
    public String servedBy() {
        return group.plugin() + " " + versions() + ", group " + group.id();
    }

    private String versions() {
        Map<String, Long> items = group.servedBy();
        if (items.size() < 2) {
            return items.isEmpty() ? group.version() : String.join("", items.keySet());
        }
        return items.entrySet().stream()
                .map(version ->
                        String.format(
                                Locale.ROOT,
                                "%s (%,d items)",
                                version.getKey(),
                                version.getValue()))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void submit(byte[] item) throws InterruptedException, RefusedLineException {
        if (key == null) {
            group.submit(item);
        } else {
            group.submit(key.of(item), item);
        }
    }

    /// Hands an item in.
    ///
    /// @param key 0 in a group that is not keyed
    void submit(long key, byte[] item) throws InterruptedException {
        if (key == 0) {
            group.submit(item);
        } else {
            group.submit(key, item);
        }
    }

    @Override
    public void finish() {
        group.finish();
    }

    @Override
    public void cancel(String reason) {
        group.cancel(reason);
    }

    @Override
    public @Nullable Outcome<byte[]> take() throws InterruptedException {
        return group.take();
    }

    @Override
    public void close() {
        group.close();
    }
}
