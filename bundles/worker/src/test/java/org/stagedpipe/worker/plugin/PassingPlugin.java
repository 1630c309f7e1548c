package org.stagedpipe.worker.plugin;

import org.stagedpipe.api.Bytes;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// A plugin that answers each item with its bytes, for tests without a container.
public final class PassingPlugin implements Plugin<Bytes, Void, String> {

    private final Consumer<Bytes> seen;

    private PassingPlugin(Consumer<Bytes> seen) {
        this.seen = seen;
    }

    /// Running, on one pipeline, with three times the memory of an item; whoever asks closes it.
    public static LoadedPlugin<Bytes, Void, String> load() {
        return load(item -> {});
    }

    /// A hold on one that runs; whoever gives it back closes it.
    ///
    /// @param seen told what each item is, on its pipeline
    public static Lease lease(Consumer<Bytes> seen) {
        LoadedPlugin<Bytes, Void, String> loaded = load(seen);
        return new Lease(loaded, loaded::close);
    }

    private static LoadedPlugin<Bytes, Void, String> load(Consumer<Bytes> seen) {
        return LoadedPlugin.load(
                PluginVersion.newBuilder().setName("pass").setVersion("1.0.0").build(),
                PassingPlugin.class.getClassLoader(),
                new PassingPlugin(seen),
                new LoadedPlugin.Runs(1, 3, new PipelinesListener() {}, Duration.ZERO, false));
    }

    @Override
    public StateMachine<Bytes, String> stateMachine() {
        return StateMachine.of(
                stage(
                        "pass",
                        request -> {
                            seen.accept(request.data());
                            return Stage.end();
                        }));
    }

    @Override
    public Optional<Codec<Bytes>> dataCodec() {
        return Optional.of(Codec.bytes());
    }

    @Override
    public String open(Void configuration) {
        return "";
    }
}
