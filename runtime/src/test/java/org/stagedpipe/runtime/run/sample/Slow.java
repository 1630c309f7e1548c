package org.stagedpipe.runtime.run.sample;

import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Waits as long as an item says, and says when it is closed.
public final class Slow implements Plugin<Slow.Wait, Void, String> {

    /// An item.
    public record Wait(long ms) {}

    private final Stage<Wait, String> sleep = stage("sleep", this::sleep);

    /// As Declarative Services makes it.
    public Slow() {}

    @Override
    public StateMachine<Wait, String> stateMachine() {
        return StateMachine.of(sleep);
    }

    @Override
    public String open(Void nothing) {
        return "";
    }

    private Stage<Wait, String> sleep(Request<Wait, String> request) throws InterruptedException {
        Thread.sleep(request.data().ms());
        return end();
    }

    @Override
    public void close(String resources) {
        System.err.println("closed");
    }
}
