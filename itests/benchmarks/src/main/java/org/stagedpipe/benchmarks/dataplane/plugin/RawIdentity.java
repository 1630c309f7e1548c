package org.stagedpipe.benchmarks.dataplane.plugin;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Bytes;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Optional;

/// Answers each item's bytes.
@Component(service = Plugin.class)
@PluginName("raw")
public final class RawIdentity implements Plugin<Bytes, Void, String> {

    private final Stage<Bytes, String> pass = stage("pass", request -> end());

    @Override
    public StateMachine<Bytes, String> stateMachine() {
        return StateMachine.of(pass);
    }

    @Override
    public String open(Void configuration) {
        return "";
    }

    @Override
    public Optional<Codec<Bytes>> dataCodec() {
        return Optional.of(Codec.bytes());
    }
}
