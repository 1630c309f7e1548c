package org.stagedpipe.worker.part;

import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Counts;
import org.stagedpipe.engine.GroupListener;

import java.util.List;

/// Brings what the engine finishes to the answers, whose types do not matter.
record Listening<D, R>(Answers answers) implements GroupListener<D, R> {

    @Override
    public void onFinished(List<? extends AttachedRequest<D, R>> requests) {
        answers.onFinished(requests);
    }

    @Override
    public void onRoom() {
        answers.onRoom();
    }

    @Override
    public void onEnd(Counts counts) {
        answers.onEnd();
    }
}
