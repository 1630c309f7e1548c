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
import java.util.stream.Collectors;

/// A request group of the cluster.
record ClusterItems(Group group) implements Items {

    /// How its items belong together.
    ///
    /// @param following whether it moves to another version between two of them
    /// @param keepsFaulted whether items that fail are kept for operators
    record Rules(boolean ordered, boolean keyed, boolean following, boolean keepsFaulted) {}

    /// Opens it.
    ///
    /// @param version null for what new groups get
    /// @throws org.stagedpipe.client.ClientException if it cannot be opened
    static ClusterItems open(
            ConsoleContext context,
            String plugin,
            @Nullable String version,
            byte[] configuration,
            Rules rules)
            throws InterruptedException {
        String overseers =
                String.join(",", context.overseers().stream().map(Endpoint::toString).toList());
        GroupBuilder builder =
                StagedpipeClient.connect(overseers, context.security())
                        .group(plugin)
                        .client("stagedpipe run")
                        .configuration(configuration);
        if (version != null) {
            builder.version(version);
        }
        if (rules.ordered()) {
            builder.ordered();
        }
        if (rules.keyed()) {
            builder.keyed();
        }
        if (rules.following()) {
            builder.following();
        }
        if (rules.keepsFaulted()) {
            builder.keepFaulted();
        }
        return new ClusterItems(builder.open());
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
    public void submit(byte[] item) throws InterruptedException {
        group.submit(item);
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
