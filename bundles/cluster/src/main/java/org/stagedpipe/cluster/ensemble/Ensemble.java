package org.stagedpipe.cluster.ensemble;

import org.stagedpipe.cluster.catalogue.StoreException;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// What the overseers of a cluster share: small values that a majority of them keeps, and who of them leads. Used
/// by overseers only, each with an object of its own.
///
/// A value that was written survives as long as a majority of the overseers' disks does. Every write carries the epoch
/// of the overseer that leads: once another one has taken the lead, the writes of the one before it are refused, whatever
/// it believes. Safe for use by many threads; all methods may wait for the network, for at most some seconds. Who opened
/// it closes it.
public interface Ensemble extends AutoCloseable {

    /// A value as it was read.
    ///
    /// @param text what was written last; empty if nothing was
    /// @param version grows with each write; -1 before the first
    record Value(String text, int version) {

        /// What was never written.
        public static final Value ABSENT = new Value("", -1);
    }

    /// A value of those that are written together.
    ///
    /// @param version that it still must have; -1 for one that was never written
    record Change(String name, int version, String text) {}

    /// The value of that name. Overseers that do not lead may see an older one.
    ///
    /// @throws StoreException if it cannot be read
    Value read(String name) throws StoreException;

    /// Writes these values if each of them still has its version, or none of them.
    ///
    /// @return false: another write came first, and nothing was written
    /// @throws StoreException if another overseer has taken the lead, if this one never had it, if they are too large, see
    ///     [#share], or if a majority cannot be reached; in the last case it is not known whether they were written
    boolean write(List<Change> changes) throws StoreException;

    /// As [#write(List)], for what was begun while this overseer led with that epoch: refused once it does not, also if it leads again.
    ///
    /// @throws StoreException also if it leads with another epoch
    boolean write(long epoch, List<Change> changes) throws StoreException;

    /// Writes one value, as [#write(List)].
    default boolean write(String name, int version, String text) throws StoreException {
        return write(List.of(new Change(name, version, text)));
    }

    /// How much of what one write can hold these take: above 1 it is refused.
    double share(List<Change> changes);

    /// Makes sure that no other overseer has taken the lead before this returns.
    ///
    /// @throws StoreException as [#write] does
    void confirm() throws StoreException;

    /// Calls the watcher with the value as it is and after each change, through whichever overseer. Some changes may be
    /// left out when they follow each other closely. On a thread of this object, one call at a time.
    void watch(String name, Consumer<Value> watcher);

    /// Makes this overseer known to the others and lets it take the lead whenever nobody has it. Once.
    ///
    /// @param card what the others see of this overseer while it lives; starts with its name and a space
    void stand(String card, Candidate candidate);

    /// The cards of all overseers that live, this one too.
    ///
    /// @throws StoreException if they cannot be read
    List<String> cards() throws StoreException;

    /// The names of the overseers of whom a majority must have what is not to be lost, whether they live or not: each since it
    /// was first here, until it is forgotten.
    ///
    /// @throws StoreException if they are not known
    Set<String> members() throws StoreException;

    /// Takes an overseer that is gone for good out of the members. If it comes after all, it is a new one.
    ///
    /// @return false if it is no member, or lives; nothing was changed then
    /// @throws StoreException as [#write] does
    boolean forget(String name) throws StoreException;

    /// Where an overseer that is to join calls; see [Terms#join].
    String address();

    @Override
    void close();
}
