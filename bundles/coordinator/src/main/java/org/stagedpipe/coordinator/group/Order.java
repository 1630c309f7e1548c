package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.Outcomes;

/// The order in which answers leave: as they come, or as their items came. Each item is answered to it once.
sealed interface Order permits Order.AsAnswered, AsAccepted {

    /// A frame came from the client; frames come in ascending sequences.
    void accepted(Frame frame);

    /// Small results and faults.
    void answered(Outcomes outcomes);

    /// A big result.
    void answered(BigItem result);

    /// The item for whose answer all others wait here, -1 if they wait for none: also as long as some wait for the client.
    long awaited();

    /// As they come: what a worker sent goes on as it is.
    final class AsAnswered implements Order {

        private final Outbox outbox;

        AsAnswered(Outbox outbox) {
            this.outbox = outbox;
        }

        @Override
        public void accepted(Frame frame) {}

        @Override
        public void answered(Outcomes outcomes) {
            outbox.add(outcomes);
        }

        @Override
        public void answered(BigItem result) {
            outbox.add(result);
        }

        @Override
        public long awaited() {
            return -1;
        }
    }
}
