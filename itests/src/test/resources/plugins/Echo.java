package org.example.echo;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Options;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;

/** Answers an item with what it was when it came: who served it, in which attempt, since when, and its sha-256. */
@Component(service = Plugin.class)
@PluginName("echo")
public final class Echo implements Plugin<byte[], Void, String> {

    private final Stage<byte[], String> echo = stage("echo", this::echo);

    @Override
    public StateMachine<byte[], String> stateMachine() {
        return StateMachine.of(echo);
    }

    @Override
    public String open(Void configuration) {
        return "";
    }

    @Override
    public Options options() {
        return Options.defaults().withParallelism(128);
    }

    @Override
    public Optional<Codec<byte[]>> dataCodec() {
        return Optional.of(
                new Codec<byte[]>() {
                    @Override
                    public byte[] decode(InputStream in) throws IOException {
                        return in.readAllBytes();
                    }

                    @Override
                    public void encode(byte[] value, OutputStream out) throws IOException {
                        out.write(value);
                    }
                });
    }

    private Stage<byte[], String> echo(Request<byte[], String> request) throws Exception {
        long startedMs = System.currentTimeMillis();
        byte[] item = request.data();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(item.length + 64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF("@VERSION@");
            out.writeInt(request.attempt());
            out.writeLong(startedMs);
            out.write(MessageDigest.getInstance("SHA-256").digest(item));
            out.write(item);
        }
        Thread.sleep(
                Duration.ofMillis(
                        ByteBuffer.wrap(item).getInt())); // an item begins with how long it takes
        request.data(bytes.toByteArray());
        return end();
    }
}
