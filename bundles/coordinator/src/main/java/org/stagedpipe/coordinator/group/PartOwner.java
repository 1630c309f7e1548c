package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.transport.CallException;

import java.util.List;

/// Whom a part tells.
interface PartOwner {
    /// The worker takes items.
    void opened(WorkerPart part);

    /// The stream is over: the worker refused it, was lost, or left as it was asked to.
    ///
    /// @param before the state in which that happened
    void ended(WorkerPart part, WorkerPart.State before, CallException why);

    /// Answers.
    ///
    /// @throws CallException if they are wrong
    void answered(WorkerPart part, Outcomes outcomes) throws CallException;

    /// The worker gives back items that it has not started.
    ///
    /// @throws CallException if it does not hold them
    void handedBack(WorkerPart part, List<Long> sequences) throws CallException;

    /// The first chunk of a big result.
    void begun(BigItem result);

    /// A big result.
    ///
    /// @throws CallException if it is wrong
    void answered(WorkerPart part, BigItem result) throws CallException;

    /// The first chunk of a result that is larger than items may be; the rest is dropped.
    ///
    /// @throws CallException if it is wrong
    void tooLarge(WorkerPart part, BigItem result) throws CallException;

    /// A big result will not become whole.
    void forget(BigItem result);
}
