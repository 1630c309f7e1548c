package org.stagedpipe.engine;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;

/// The span of one request. Called on the request's pipeline thread only.
public interface RequestTrace {

    /// The request enters a stage.
    void stageBegan(String stage);

    /// It has left that stage; with the class of what the stage threw or set as error, null if nothing. Not its text: that may
    /// hold item data.
    void stageEnded(String stage, @Nullable String errorClass);

    /// The stage adds an event, in its own words.
    void event(String text);

    /// The request has left; with the kind of its fault if it failed.
    void ended(Fault.@Nullable Kind fault);
}
