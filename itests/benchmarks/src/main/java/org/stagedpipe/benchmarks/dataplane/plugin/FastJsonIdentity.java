package org.stagedpipe.benchmarks.dataplane.plugin;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Optional;

/// Reads each item as JSON and writes it again, by a codec that it brings along.
@Component(service = Plugin.class)
@PluginName("fast")
public final class FastJsonIdentity implements Plugin<Reading, Void, String> {

    private final Stage<Reading, String> pass = stage("pass", request -> end());
    private final Codec<Reading> codec = new FastJson<>(Reading.class);

    @Override
    public StateMachine<Reading, String> stateMachine() {
        return StateMachine.of(pass);
    }

    @Override
    public String open(Void configuration) {
        return "";
    }

    @Override
    public Optional<Codec<Reading>> dataCodec() {
        return Optional.of(codec);
    }
}
