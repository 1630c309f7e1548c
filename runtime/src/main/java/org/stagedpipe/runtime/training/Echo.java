package org.stagedpipe.runtime.training;

import org.stagedpipe.api.Bytes;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.util.Optional;

/// Answers each item with its bytes. The only class of the bundle that [EchoBundle] makes; workers instantiate it.
public final class Echo implements Plugin<Bytes, Void, String> {

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
