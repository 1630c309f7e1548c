package org.stagedpipe.runtime.run;

import com.google.protobuf.UnsafeByteOperations;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.GroupBuilder;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.worker.plugin.Item;
import org.stagedpipe.worker.plugin.LoadedPlugin;
import org.stagedpipe.worker.plugin.PluginContext;
import org.stagedpipe.worker.plugin.Texts;
import org.stagedpipe.worker.secret.GroupSecrets;
import org.stagedpipe.worker.secret.Secrets;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/// A plugin that runs in this process as on a worker, with one group: its items are read, run and written by the worker's own code. Owns the
/// pipelines, the group's resources and the plugin's classes.
final class LocalItems<D, C, R> implements Items {

    /// How long a plugin has for what it is still at, and again for its close.
    static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);

    private final PluginJar jar;
    private final LoadedPlugin<D, C, R> plugin;
    private final R resources;
    private final Group<D, R> group;
    private final GroupSecrets secrets;
    private final Closing closing;
    private final Room room = new Room();
    private long submitted; // by whoever submits
    // By whoever takes.
    private @Nullable Outcome<byte[]> taken;
    private long takenRoom; // until it is written

    private LocalItems(
            PluginJar jar,
            LoadedPlugin<D, C, R> plugin,
            R resources,
            GroupSecrets secrets,
            Setup setup) {
        this.jar = jar;
        this.plugin = plugin;
        this.resources = resources;
        this.secrets = secrets;
        this.closing = setup.closing;
        GroupBuilder<D, R> builder = plugin.pipelines().group(resources);
        if (setup.isOrdered) {
            builder.ordered();
        }
        this.group = builder.open();
    }

    /// How it is opened and closed.
    ///
    /// @param secrets those that the configuration may name
    record Setup(byte[] configuration, boolean isOrdered, Secrets secrets, Closing closing) {}

    /// What items have in here, from the reading of their lines until their outcomes are written; a larger one goes alone. As much as the
    /// client has under way in a cluster.
    private static final class Room {

        private static final int MOST_BYTES = 16 << 20;

        private long taken; // bytes, guarded by this

        /// Waits for room for an item of so many bytes. Answers what it takes.
        synchronized int take(int bytes) throws InterruptedException {
            while (taken > 0 && taken + bytes > MOST_BYTES) {
                wait();
            }
            taken += bytes;
            return bytes;
        }

        /// An item takes so many bytes more, or fewer; perhaps more than there are, as it is in here already.
        synchronized void charge(long more) {
            taken += more;
            if (more < 0) {
                notifyAll();
            }
        }
    }

    /// Loads the plugin and opens its group.
    ///
    /// @throws IOException if the file is no plugin, or the group cannot be opened
    static Items open(Path file, Setup setup) throws IOException {
        PluginJar jar = PluginJar.open(file);
        boolean open = false;
        try {
            Plugin<?, ?, ?> plugin = PluginContext.call(jar.loader(), jar::plugin);
            Items items = open(jar, load(jar, plugin), setup);
            open = true;
            return items;
        } finally {
            if (!open) {
                jar.close();
            }
        }
    }

    private static <D, C, R> LoadedPlugin<D, C, R> load(PluginJar jar, Plugin<D, C, R> plugin)
            throws IOException {
        PluginVersion version =
                PluginVersion.newBuilder().setName(jar.name()).setVersion(jar.version()).build();
        int parallelism = Pipelines.defaultParallelism(Runtime.getRuntime().availableProcessors());
        LoadedPlugin.Runs runs =
                new LoadedPlugin.Runs(
                        parallelism, 1, new PipelinesListener() {}, Duration.ZERO, true);
        try {
            return LoadedPlugin.load(version, jar.loader(), plugin, runs);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            throw new IOException("the plugin's pipelines cannot be made: " + Texts.of(e), e);
        }
    }

    private static <D, C, R> Items open(PluginJar jar, LoadedPlugin<D, C, R> plugin, Setup setup)
            throws IOException {
        GroupSecrets secrets = setup.secrets.ofGroup();
        secrets.plugin(plugin.version().getName());
        R resources;
        try {
            resources =
                    PluginContext.call(
                            plugin.loader(), () -> resources(plugin, setup.configuration, secrets));
        } catch (IOException e) {
            plugin.close();
            throw e;
        }
        return new LocalItems<>(jar, plugin, resources, secrets, setup);
    }

    private static <C, R> R resources(
            LoadedPlugin<?, C, R> plugin, byte[] configuration, GroupSecrets secrets)
            throws IOException {
        try {
            return plugin.plugin()
                    .open(
                            plugin.configuration(
                                    UnsafeByteOperations.unsafeWrap(configuration), secrets));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the group cannot be opened: interrupted", e);
        } catch (Exception
                | LinkageError
                | StackOverflowError e) { // such as a class that only the container has
            throw new IOException(
                    "the group cannot be opened: " + Texts.of(e, secrets::redacted), e);
        }
    }

    @Override
    public String servedBy() {
        return Texts.of(plugin.version()) + " in this process";
    }

    @Override
    public void submit(byte[] item) throws InterruptedException {
        int charged = room.take(item.length);
        group.submit(
                submitted++,
                1,
                new Item(UnsafeByteOperations.unsafeWrap(item), charged, room::charge, 0));
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
        room.charge(-takenRoom);
        takenRoom = 0;
        taken = null;
        group.drainOrWait(this::keep, 1);
        return taken;
    }

    private void keep(AttachedRequest<D, R> request) {
        Item item = (Item) Objects.requireNonNull(request.attachment(), "attachment");
        taken =
                switch (request.outcome()) {
                    case Outcome.Ok<D> ok ->
                            new Outcome.Ok<>(ok.sequence(), item.result().toByteArray());
                    case Outcome.Failed<D> failed ->
                            new Outcome.Failed<>(failed.sequence(), shown(failed.fault()));
                    case Outcome.Aborted<D> aborted ->
                            new Outcome.Aborted<>(aborted.sequence(), shown(aborted.fault()));
                };
        takenRoom = item.settle();
    }

    private Fault shown(Fault fault) {
        String text = secrets.redacted(fault.text());
        return new Fault(fault.kind(), fault.stage(), fault.attempt(), text, fault.retryable());
    }

    @Override
    public void close() throws IOException {
        group.cancel("closed");
        try {
            closing.run(
                    "stages that are still at their items",
                    () -> {
                        group.close();
                        plugin.close();
                    });
            closing.run(
                    "the plugin's close",
                    () ->
                            PluginContext.run(
                                    plugin.loader(), () -> plugin.plugin().close(resources)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            Throwable thrown = Objects.requireNonNullElse(e.getCause(), e);
            throw new IOException(
                    "the group's resources cannot be closed: "
                            + Texts.of(thrown, secrets::redacted),
                    thrown);
        } finally {
            jar.close();
        }
    }
}
