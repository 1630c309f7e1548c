package org.example.raw;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** Answers each item's bytes; those that begin with a plus sign with one more byte. */
@Component(service = Plugin.class)
@PluginName("@NAME@")
public final class Raw implements Plugin<byte[], Void, String>, Codec<byte[]> {

    private final Stage<byte[], String> pass = stage("pass", request -> end());

    @Override
    public StateMachine<byte[], String> stateMachine() {
        return StateMachine.of(pass);
    }

    @Override
    public String open(Void configuration) {
        return "";
    }

    @Override
    public Optional<Codec<byte[]>> dataCodec() {
        return Optional.of(this);
    }

    @Override
    public byte[] decode(InputStream in) throws IOException {
        return in.readAllBytes();
    }

    @Override
    public void encode(byte[] value, OutputStream out) throws IOException {
        out.write(value);
        if (value.length > 0 && value[0] == '+') {
            out.write(0);
        }
    }
}
