package org.example.raw;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Bytes;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Arrays;
import java.util.Optional;

/** Answers each item's bytes; those that begin with a plus sign with one more byte. */
@Component(service = Plugin.class)
@PluginName("@NAME@")
public final class Raw implements Plugin<Bytes, Void, String> {

    private final Stage<Bytes, String> pass = stage("pass", this::pass);

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

    private Stage<Bytes, String> pass(Request<Bytes, String> request) throws Exception {
        Bytes item = request.data();
        if (item.newInput().read() == '+') {
            request.data(Bytes.of(Arrays.copyOf(item.toByteArray(), item.size() + 1)));
        }
        return end();
    }
}
