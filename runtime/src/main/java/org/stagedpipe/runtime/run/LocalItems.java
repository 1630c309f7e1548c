package org.stagedpipe.runtime.run;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Group;
import org.stagedpipe.engine.GroupBuilder;
import org.stagedpipe.engine.Pipelines;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/// A plugin that runs on the engine in this process, with one group. Owns the pipelines, the group's resources and the
/// plugin's classes.
final class LocalItems<D, C, R> implements Items {

    /// What lines may have in here, from their reading until their outcomes are written; a larger one goes alone. As much as the
    /// client has under way in a cluster.
    private static final int WINDOW_BYTES = 16 << 20;

    private static final int MOST_CHARS = 2_000; // of an error

    private final PluginJar jar;
    private final Plugin<D, C, R> plugin;
    private final Pipelines<D, R> pipelines;
    private final R resources;
    private final Group<D, R> group;
    private final Semaphore room = new Semaphore(WINDOW_BYTES);
    private long submitted; // by whoever submits
    private @Nullable Outcome<byte[]> taken; // this and its room by whoever takes
    private int takenRoom; // until it is written

    private LocalItems(
            PluginJar jar,
            Plugin<D, C, R> plugin,
            Pipelines<D, R> pipelines,
            R resources,
            Group<D, R> group) {
        this.jar = jar;
        this.plugin = plugin;
        this.pipelines = pipelines;
        this.resources = resources;
        this.group = group;
    }

    /// Loads the plugin and opens its group.
    ///
    /// @throws IOException if the file is no plugin, or the group cannot be opened
    static Items open(Path file, byte[] configuration, boolean ordered) throws IOException {
        PluginJar jar = PluginJar.open(file);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        boolean open = false;
        try {
            thread.setContextClassLoader(jar.loader()); // the pipelines' threads inherit it
            Items items = open(jar, jar.plugin(), configuration, ordered);
            open = true;
            return items;
        } finally {
            thread.setContextClassLoader(before);
            if (!open) {
                jar.close();
            }
        }
    }

    private static <D, C, R> Items open(
            PluginJar jar, Plugin<D, C, R> plugin, byte[] configuration, boolean ordered)
            throws IOException {
        LocalJson json = new LocalJson(jar.loader());
        Pipelines<D, R> pipelines;
        Codec<C> reads;
        try {
            reads =
                    plugin.configurationCodec()
                            .orElseGet(() -> json.configuration(plugin.configurationType()));
            Codec<D> data = plugin.dataCodec().orElseGet(() -> json.data(plugin.dataType()));
            pipelines =
                    Pipelines.of(plugin.stateMachine())
                            .options(
                                    plugin.options(),
                                    Pipelines.defaultParallelism(
                                            Runtime.getRuntime().availableProcessors()))
                            .hooks(new LocalHooks<>(plugin, data))
                            .name("run-pipeline")
                            .open();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            throw new IOException("the plugin's pipelines cannot be made: " + text(e), e);
        }
        R resources;
        try {
            resources = resources(plugin, reads, configuration);
        } catch (IOException e) {
            pipelines.close();
            throw e;
        }
        GroupBuilder<D, R> group = pipelines.group(resources);
        if (ordered) {
            group.ordered();
        }
        return new LocalItems<>(jar, plugin, pipelines, resources, group.open());
    }

    private static <C, R> R resources(Plugin<?, C, R> plugin, Codec<C> reads, byte[] configuration)
            throws IOException {
        try {
            return plugin.open(reads.decode(new ByteArrayInputStream(configuration)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the group cannot be opened: interrupted", e);
        } catch (Exception
                | LinkageError
                | StackOverflowError e) { // such as a class that only the container has
            throw new IOException("the group cannot be opened: " + text(e), e);
        }
    }

    private static String text(Throwable e) {
        try {
            String message = e.getMessage();
            String text =
                    message == null || message.isBlank() || e instanceof Error
                            ? e.toString()
                            : message;
            return text.length() > MOST_CHARS ? text.substring(0, MOST_CHARS) + "..." : text;
        } catch (RuntimeException | StackOverflowError broken) { // it is the plugin's
            return e.getClass().getName();
        }
    }

    @Override
    public String servedBy() {
        return jar.name() + " " + jar.version() + " in this process";
    }

    @Override
    public void submit(byte[] item) throws InterruptedException {
        int bytes = Math.min(item.length, WINDOW_BYTES);
        room.acquire(bytes);
        group.submit(submitted++, 1, new LocalHooks.Item(bytes, item));
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
        room.release(takenRoom);
        takenRoom = 0;
        taken = null;
        group.drainOrWait(this::keep, 1);
        return taken;
    }

    private void keep(AttachedRequest<D, R> request) {
        taken = outcome(request);
        takenRoom = LocalHooks.item(request).room();
    }

    private static <D, R> Outcome<byte[]> outcome(AttachedRequest<D, R> request) {
        return switch (request.outcome()) {
            case Outcome.Ok<D> ok ->
                    new Outcome.Ok<>(ok.sequence(), LocalHooks.item(request).bytes());
            case Outcome.Failed<D> failed ->
                    new Outcome.Failed<>(failed.sequence(), failed.fault());
            case Outcome.Aborted<D> aborted ->
                    new Outcome.Aborted<>(aborted.sequence(), aborted.fault());
        };
    }

    @Override
    public void close() throws IOException {
        group.cancel("closed");
        group.close();
        pipelines.close();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try {
            thread.setContextClassLoader(jar.loader());
            plugin.close(resources);
        } catch (InterruptedException e) {
            thread.interrupt();
        } catch (Exception | LinkageError e) {
            throw new IOException("the group's resources cannot be closed: " + text(e), e);
        } finally {
            thread.setContextClassLoader(before);
            jar.close();
        }
    }
}
