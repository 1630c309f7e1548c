package org.stagedpipe.cluster.ensemble;

/// Is told when its overseer gets and loses the lead. Called one at a time on a thread of the [Ensemble]; may block.
public interface Candidate {

    /// Leads from now on.
    ///
    /// @param epoch higher than that of every overseer before
    /// @throws Exception if it cannot; the lead is given up and sought again a second later
    void lead(long epoch) throws Exception;

    /// Does not lead, or not any more.
    ///
    /// @param leader the card of the overseer that does; empty if there is none at present
    void follow(String leader);

    /// Whether the overseer that it follows does not live any more, as far as it can tell. The ensemble then takes the lead from
    /// that one before its session ends; if it lives after all, its writes fail all the same. Must not block.
    ///
    /// @param leader the card of that overseer
    default boolean hasEnded(String leader) {
        return false;
    }

    /// Whether another process of this overseer's name answers where that card says. Asked before the ensemble removes the card as
    /// one of an earlier process; may wait for some seconds.
    ///
    /// @param card with this overseer's name
    default boolean isAnother(String card) {
        return false;
    }
}
