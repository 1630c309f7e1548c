package org.stagedpipe.cluster.catalogue;

import java.util.List;
import java.util.Set;

/// What the overseer that leads keeps: the catalogue, and which workers there were. Used by overseers only.
///
/// What a method returned without an exception survives the loss of the process. Safe for use by many threads; all methods
/// may wait for disk or network.
public interface Store {

    /// The catalogue as it is now; on an overseer that does not lead perhaps an older one.
    ///
    /// @throws StoreException if the store cannot be reached or read
    Catalogue catalogue() throws StoreException;

    /// Who made the versions of [#catalogue].
    ///
    /// @throws StoreException if the store cannot be reached or read
    Lineage lineage() throws StoreException;

    /// Makes sure that what was read is not older than what another overseer, which has taken the lead, has written.
    ///
    /// @throws StoreException as [#replace] does
    void confirm() throws StoreException;

    /// Replaces the catalogue if its version is still the one before `next`. False: another change came first, and
    /// nothing was written.
    ///
    /// @throws StoreException if this overseer does not lead any more, or the store cannot be written
    boolean replace(Catalogue next) throws StoreException;

    /// How much of what the store can take in one change this one would be: above 1 it cannot be kept.
    ///
    /// @throws StoreException if the store cannot be reached or read
    double share(Catalogue next) throws StoreException;

    /// The names of the workers that were members last.
    ///
    /// @throws StoreException if the store cannot be reached or read
    Set<String> workers() throws StoreException;

    /// Remembers the names of the workers that are members.
    ///
    /// @throws StoreException as [#replace] does
    void workers(Set<String> names) throws StoreException;

    /// The names of the nodes that are to get nothing new.
    ///
    /// @throws StoreException if the store cannot be reached or read
    Set<String> cordoned() throws StoreException;

    /// Remembers the names of the nodes that are to get nothing new.
    ///
    /// @throws StoreException as [#replace] does
    void cordoned(Set<String> names) throws StoreException;

    /// The groups that are to end, the oldest order first.
    ///
    /// @throws StoreException if the store cannot be reached or read
    List<Cancellation> cancellations() throws StoreException;

    /// Remembers the groups that are to end.
    ///
    /// @throws StoreException as [#replace] does
    void cancellations(List<Cancellation> all) throws StoreException;
}
