package org.stagedpipe.worker.plugin;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;

import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.engine.PipelinesBuilder;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.worker.codec.ConfigurationReader;
import org.stagedpipe.worker.codec.Json;
import org.stagedpipe.worker.secret.GroupSecrets;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// One version of a plugin, ready to run: its object, its codecs, its pipelines. Closed by the host, when no group uses it.
///
/// @param <D> the data of an item
/// @param <C> the configuration of a group
/// @param <R> what a group holds open for its items
public final class LoadedPlugin<D, C, R> implements AutoCloseable {

    private final PluginVersion version;
    private final ClassLoader loader;
    private final Plugin<D, C, R> plugin;
    private final ConfigurationReader<C> configurations;
    private final Pipelines<D, R> pipelines;
    private final int memoryFactor;

    private LoadedPlugin(
            PluginVersion version,
            ClassLoader loader,
            Plugin<D, C, R> plugin,
            ConfigurationReader<C> configurations,
            Pipelines<D, R> pipelines,
            int memoryFactor) {
        this.version = version;
        this.loader = loader;
        this.plugin = plugin;
        this.configurations = configurations;
        this.pipelines = pipelines;
        this.memoryFactor = memoryFactor;
    }

    /// Asks the plugin for all that is asked once, and starts its pipelines. Throws what the plugin throws.
    ///
    /// @param loader what finds its classes
    /// @param runs what its bundle and its host say
    public static <D, C, R> LoadedPlugin<D, C, R> load(
            PluginVersion version, ClassLoader loader, Plugin<D, C, R> plugin, Runs runs) {
        // the pipelines' threads inherit the context
        return PluginContext.call(loader, () -> loadInContext(version, loader, plugin, runs));
    }

    private static <D, C, R> LoadedPlugin<D, C, R> loadInContext(
            PluginVersion version, ClassLoader loader, Plugin<D, C, R> plugin, Runs runs) {
        Json json = new Json(loader);
        StateMachine<D, R> machine = plugin.stateMachine();
        Optional<Codec<D>> ownData = requireNonNull(plugin.dataCodec(), "dataCodec() answers null");
        Optional<Codec<C>> ownConfiguration =
                requireNonNull(plugin.configurationCodec(), "configurationCodec() answers null");
        Codec<D> data = ownData.isPresent() ? ownData.get() : json.data(plugin.dataType());
        ConfigurationReader<C> configurations =
                ownConfiguration.isPresent()
                        ? (in, secrets) -> ownConfiguration.get().decode(in)
                        : json.configuration(plugin.configurationType());
        PipelinesBuilder<D, R> builder =
                Pipelines.of(machine)
                        .options(
                                requireNonNull(plugin.options(), "options() answers null"),
                                runs.parallelism())
                        .hooks(new ItemHooks<>(plugin, data, ownData.isPresent()))
                        .listener(runs.watch())
                        .slowReport(runs.slowReport())
                        .name(version.getName() + "-" + version.getVersion() + "-pipeline");
        Pipelines<D, R> pipelines = (runs.isStrict() ? builder.strict() : builder).open();
        return new LoadedPlugin<>(
                version, loader, plugin, configurations, pipelines, runs.memoryFactor());
    }

    /// How it runs.
    ///
    /// @param parallelism where the plugin lets the worker choose
    /// @param memoryFactor how much memory an item may need, as a multiple of its size
    /// @param watch told of stages that hang, and of slow items
    /// @param slowReport after how long an item is slow; zero for never
    /// @param isStrict whether an item fails whose next stage is not in the state machine, which costs a look for each stage
    public record Runs(
            int parallelism,
            int memoryFactor,
            PipelinesListener watch,
            Duration slowReport,
            boolean isStrict) {}

    /// How much memory an item may need, as a multiple of its size.
    public int memoryFactor() {
        return memoryFactor;
    }

    /// Which one it is.
    public PluginVersion version() {
        return version;
    }

    /// What finds its classes.
    public ClassLoader loader() {
        return loader;
    }

    /// Its author's object.
    public Plugin<D, C, R> plugin() {
        return plugin;
    }

    /// What its groups run on.
    public Pipelines<D, R> pipelines() {
        return pipelines;
    }

    /// Reads a group's configuration.
    ///
    /// @param secrets gets those that are in it, unless the plugin reads it by a codec of its own
    /// @throws IOException if the bytes are not one; the text is for the client
    public C configuration(ByteString bytes, GroupSecrets secrets) throws IOException {
        return configurations.read(bytes.newInput(), secrets);
    }

    /// Ends its threads; waits for what still runs.
    @Override
    public void close() {
        pipelines.close();
    }
}
