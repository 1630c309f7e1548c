package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.Progress;

import java.util.List;

class RolloutWatchTest {

    /// The overseer was started anew, and says otherwise.
    @Test
    void aPlanThatIsMadeAnewReplacesTheOneBefore() {
        RolloutWatch watch = new RolloutWatch(PublishListener.none());
        watch.step(plan("w1 would fetch it"));
        watch.step(plan("w2 would fetch it"));
        watch.anew();
        watch.step(plan("nobody would fetch it"));
        assertEquals(List.of("nobody would fetch it"), watch.plan());
    }

    private static Progress plan(String text) {
        return Progress.newBuilder().setStep("plan").setText(text).build();
    }
}
