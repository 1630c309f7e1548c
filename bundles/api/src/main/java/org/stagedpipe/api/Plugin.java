package org.stagedpipe.api;

import java.lang.reflect.Type;
import java.util.Optional;

/// A plugin: one state machine, the type of its items, the type of a group's configuration, and what a group needs.
///
/// Its bundle brings exactly one Declarative Services component that provides this service and carries a
/// [PluginName]. The worker holds that one object as long as the plugin's version is installed and calls it from many
/// threads.
///
/// @param <D> the data of an item, a record as a rule
/// @param <C> the configuration that a client opens a group with, a record as a rule
/// @param <R> what a group holds open for its items: a pool, a lookup table
public interface Plugin<D, C, R> {

    /// The stages. Asked once for each version of the plugin.
    StateMachine<D, R> stateMachine();

    /// Makes what the items of one group share, once for each group on each worker.
    ///
    /// @throws Exception if the group cannot be opened; the text reaches the client
    R open(C configuration) throws Exception;

    /// Called for each item on its pipeline's thread, after the data is decoded and before the first stage.
    ///
    /// @throws Exception whatever is thrown is the fault of this item only
    default void setup(Request<D, R> request) throws Exception {}

    /// Called once when the group has ended, however it ended. Closes what [#open] made if it can be closed.
    ///
    /// @throws Exception if closing fails; the worker logs it, the outcomes stay as they are
    default void close(R resources) throws Exception {
        if (resources instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    /// How the plugin wants to be run. Asked once for each version of the plugin.
    default Options options() {
        return Options.defaults();
    }

    /// How an item's bytes become its data and back; empty for JSON.
    default Optional<Codec<D>> dataCodec() {
        return Optional.empty();
    }

    /// How a client's bytes become the configuration; empty for JSON. Of a [Secret] that such a codec makes a worker does not know, so
    /// the texts of the group may show it.
    default Optional<Codec<C>> configurationCodec() {
        return Optional.empty();
    }

    /// The type that JSON items are read into: the first type argument of this class.
    default Type dataType() {
        return TypeArguments.of(getClass(), 0);
    }

    /// The type that a JSON configuration is read into: the second type argument of this class.
    default Type configurationType() {
        return TypeArguments.of(getClass(), 1);
    }

    /// A stage of this plugin; keep it in a field.
    default Stage<D, R> stage(String name, StageFunction<D, R> function) {
        return Stage.of(name, function);
    }

    /// What a stage answers after which the item is done.
    default Stage<D, R> end() {
        return Stage.end();
    }
}
