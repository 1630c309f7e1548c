package org.example.echo;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Bytes;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Options;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers an item with what it was when it came: who served it, in which attempt, since when, and its sha-256. */
@Component(service = Plugin.class)
@PluginName("echo")
public final class Echo implements Plugin<Bytes, Void, String> {

    private final Stage<Bytes, String> echo = stage("echo", this::echo);

    public Echo() throws Exception {
        // @START@
    }

    @Override
    public StateMachine<Bytes, String> stateMachine() {
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
    public Optional<Codec<Bytes>> dataCodec() {
        return Optional.of(Codec.bytes());
    }

    private Stage<Bytes, String> echo(Request<Bytes, String> request) throws Exception {
        long startedMs = System.currentTimeMillis();
        byte[] item = request.data().toByteArray();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(item.length + 64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF("@VERSION@");
            out.writeUTF(request.idempotencyKey());
            out.writeInt(request.attempt());
            out.writeLong(startedMs);
            out.write(MessageDigest.getInstance("SHA-256").digest(item));
            out.write(item);
        }
        int workMs = ByteBuffer.wrap(item).getInt(); // an item begins with how long it takes
        if (workMs < 0) {
            misbehave(-1 - workMs);
        }
        Thread.sleep(Duration.ofMillis(workMs));
        request.data(Bytes.of(bytes.toByteArray()));
        return end();
    }

    private static int recurse(int depth) {
        return 1 + recurse(depth + 1);
    }

    private static void misbehave(int how) {
        switch (how) {
            case 0 -> Runtime.getRuntime().halt(9);
            case 1 -> System.exit(0);
            case 2 -> {
                List<byte[]> all = new ArrayList<>();
                while (true) {
                    all.add(new byte[64 << 20]);
                }
            }
            case 3 -> {
                while (true) {
                    Thread.onSpinWait();
                }
            }
            case 4 -> throw new IllegalStateException("told to throw");
            case 5 -> recurse(1);
            default -> throw new IllegalArgumentException("an item that begins with " + how);
        }
    }
}
