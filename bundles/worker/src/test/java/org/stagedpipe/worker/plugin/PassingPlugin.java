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

/// A plugin that answers each item with its bytes, for tests without a container.
public final class PassingPlugin implements Plugin<Bytes, Void, String> {

    /// Running, on one pipeline, with three times the memory of an item; whoever asks closes it.
    public static LoadedPlugin<Bytes, Void, String> load() {
        return LoadedPlugin.load(
                PluginVersion.newBuilder().setName("pass").setVersion("1.0.0").build(),
                PassingPlugin.class.getClassLoader(),
                new PassingPlugin(),
                new LoadedPlugin.Runs(1, 3, new PipelinesListener() {}, Duration.ZERO));
    }

    @Override
    public StateMachine<Bytes, String> stateMachine() {
        return StateMachine.of(stage("pass", request -> Stage.end()));
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
