package org.stagedpipe.coordinator.group;

import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Outcomes;

/// Why a group ends before its end: what its items that are not done are answered with.
///
/// @param retryable whether they may be tried again
record Stop(ItemFault.Kind kind, String text, boolean retryable) {

    /// A worker's last answers: what it aborted reads as all that is, with the stage in which it was.
    Outcomes of(Outcomes last) {
        Outcomes.Builder answers = last.toBuilder();
        for (ItemFault.Builder fault : answers.getFaultsBuilderList()) {
            if (fault.getAborted()) {
                fault.setKind(kind).setText(text).setRetryable(retryable);
            }
        }
        return answers.build();
    }
}
