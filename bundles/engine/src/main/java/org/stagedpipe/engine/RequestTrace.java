package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

/// The span of one request. Called on the request's pipeline thread only.
public interface RequestTrace {

    /// The request enters a stage.
    void stageBegan(String stage);

    /// It has left that stage; with what the stage threw or set as error, null if nothing.
    void stageEnded(String stage, @Nullable Throwable error);

    /// The stage adds an event.
    void event(String text);

    /// The request has left; with its fault if it failed.
    void ended(@Nullable Fault fault);
}
