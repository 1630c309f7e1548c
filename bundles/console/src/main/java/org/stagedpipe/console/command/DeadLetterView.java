package org.stagedpipe.console.command;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.ItemFault;

/// An item that failed, as programs read it.
///
/// @param sequence its number in its group
/// @param version of the plugin that ran it
/// @param key of the item in a keyed group, otherwise 0
/// @param bytes of the item
record DeadLetterView(
        long sequence,
        String version,
        @Nullable String time,
        String kind,
        String stage,
        int attempt,
        String text,
        boolean retryable,
        long key,
        long bytes) {

    static DeadLetterView of(DeadLetter letter) {
        ItemFault fault = letter.getFault();
        return new DeadLetterView(
                fault.getSequence(),
                letter.getPlugin().getVersion(),
                Values.time(letter.getTimeMs()),
                fault.getKind().name(),
                fault.getStage(),
                fault.getAttempt(),
                fault.getText(),
                fault.getRetryable(),
                letter.getKey(),
                letter.getSize());
    }
}
