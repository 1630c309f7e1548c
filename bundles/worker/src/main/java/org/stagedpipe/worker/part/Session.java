package org.stagedpipe.worker.part;

import com.google.protobuf.ByteString;

import org.stagedpipe.engine.Batch;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.GroupBuilder;
import org.stagedpipe.engine.GroupClosedException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.worker.plugin.Item;
import org.stagedpipe.worker.plugin.LoadedPlugin;
import org.stagedpipe.worker.plugin.PluginContext;
import org.stagedpipe.worker.plugin.Texts;
import org.stagedpipe.worker.secret.GroupSecrets;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

/// A group on a plugin: its configuration read, its resources open, its requests in the engine.
final class Session<D, C, R> {

    /// What a session is opened with.
    ///
    /// @param secrets get those of the configuration, which no text shows from then on
    /// @param window requests in the engine at once
    /// @param item how long an item may take; zero: as long as it does
    /// @param stage the same for one stage
    record Request(
            UUID group,
            ByteString configuration,
            GroupSecrets secrets,
            int window,
            Duration item,
            Duration stage) {}

    private final LoadedPlugin<D, C, R> plugin;
    private final R resources;
    private final Group<D, R> group;

    private Session(LoadedPlugin<D, C, R> plugin, R resources, Group<D, R> group) {
        this.plugin = plugin;
        this.resources = resources;
        this.group = group;
    }

    /// Calls the plugin, which may take its time, on the caller's thread.
    ///
    /// @throws CallException if the configuration is unreadable, or the plugin refuses; it has no cause, which might show a secret
    static <D, C, R> Session<D, C, R> open(
            LoadedPlugin<D, C, R> plugin, Request request, Answers answers) throws CallException {
        R resources =
                PluginContext.call(
                        plugin.loader(),
                        () -> resources(plugin, configuration(plugin, request), request.secrets()));
        GroupBuilder<D, R> group =
                plugin.pipelines()
                        .group(resources)
                        .id(request.group())
                        .window(request.window())
                        .listener(new Listening<>(answers));
        if (!request.item().isZero()) {
            group.deadline(request.item());
        }
        if (!request.stage().isZero()) {
            group.stageDeadline(request.stage());
        }
        try {
            return new Session<>(plugin, resources, group.open());
        } catch (RuntimeException e) { // the pipelines have closed
            closeQuietly(plugin, resources, e);
            throw e;
        }
    }

    private static <R> void closeQuietly(
            LoadedPlugin<?, ?, R> plugin, R resources, RuntimeException why) {
        try {
            PluginContext.run(plugin.loader(), () -> plugin.plugin().close(resources));
        } catch (Exception e) {
            why.addSuppressed(e);
        }
    }

    private static <D, C, R> C configuration(LoadedPlugin<D, C, R> plugin, Request request)
            throws CallException {
        GroupSecrets secrets = request.secrets();
        try {
            return plugin.configuration(request.configuration(), secrets);
        } catch (IOException e) {
            throw new CallException(
                    Kind.INVALID, secrets.redacted("configuration: " + e.getMessage()));
        } catch (RuntimeException | Error e) { // of a codec or a record of the plugin's own
            throw new CallException(
                    Kind.INVALID, "configuration: " + Texts.of(e, secrets::redacted));
        }
    }

    private static <D, C, R> R resources(
            LoadedPlugin<D, C, R> plugin, C configuration, GroupSecrets secrets)
            throws CallException {
        try {
            return plugin.plugin().open(configuration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CallException(Kind.CANCELLED, "nobody waits for the group any more");
        } catch (Exception | Error e) { // whatever the plugin throws ends its group only
            throw new CallException(
                    Kind.REFUSED,
                    Texts.of(plugin.version())
                            + " could not open the group: "
                            + Texts.of(e, secrets::redacted));
        }
    }

    /// Gives items to the engine; answers how many it has room for now. Never waits.
    ///
    /// @throws GroupClosedException if the engine takes no more
    int offerAll(Batch items) {
        return group.offerAll(items, 0);
    }

    /// The same for one of them.
    ///
    /// @throws GroupClosedException if the engine takes no more
    boolean offer(long sequence, int attempt, Item item) {
        return group.offer(sequence, attempt, item);
    }

    /// How much memory an item may need, as a multiple of its size.
    int memoryFactor() {
        return plugin.memoryFactor();
    }

    /// No more items come.
    void finish() {
        group.finish();
    }

    /// How many items keep its pipelines busy for that long; at least two for each pipeline. 0: nobody knows yet.
    long backlog(Duration time) {
        return group.backlog(time);
    }

    /// No more items come, and those that have not begun are of no use here: they end as aborted and retryable.
    void withdraw(String reason) {
        group.withdraw(reason);
    }

    /// What runs is told to end.
    void cancel(String reason) {
        group.cancel(reason);
    }

    /// Lets the plugin close its resources; nothing runs any more.
    ///
    /// @throws Exception whatever the plugin throws
    void close() throws Exception {
        PluginContext.run(plugin.loader(), () -> plugin.plugin().close(resources));
    }

    @Override
    public String toString() {
        return Texts.of(plugin.version()) + ", group " + group.id();
    }
}
