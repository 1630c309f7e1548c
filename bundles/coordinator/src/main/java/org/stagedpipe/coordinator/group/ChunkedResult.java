package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.transport.CallException;

/// The result that comes from a worker in chunks, one at a time. One that is too large fails its item at its first chunk; the rest is
/// skipped.
final class ChunkedResult {

    private final BigItems bigItems;
    private final PartOwner owner;
    private final WorkerPart part;
    private @Nullable BigItem coming;
    private boolean isSkipped;

    ChunkedResult(BigItems bigItems, PartOwner owner, WorkerPart part) {
        this.bigItems = bigItems;
        this.owner = owner;
        this.part = part;
    }

    /// The next chunk.
    ///
    /// @throws CallException if it is not that
    void add(Chunk chunk) throws CallException {
        BigItem result = coming == null ? begin(chunk) : coming;
        coming = result;
        if (isSkipped) {
            result.skip(chunk);
        } else {
            result.add(chunk);
        }
        if (!result.isPartial()) {
            if (!isSkipped) {
                owner.answered(part, result);
            }
            coming = null;
        }
    }

    private BigItem begin(Chunk first) throws CallException {
        BigItem result = bigItems.result(first);
        isSkipped = result.size() > bigItems.limits().maxItemBytes();
        if (isSkipped) {
            owner.tooLarge(part, result);
        } else {
            owner.begun(result);
        }
        return result;
    }

    /// The worker sends no more of it.
    void forget() {
        if (coming != null && !isSkipped) {
            owner.forget(coming);
        }
    }
}
