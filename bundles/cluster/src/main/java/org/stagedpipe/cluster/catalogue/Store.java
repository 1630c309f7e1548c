package org.stagedpipe.cluster.catalogue;

import java.util.Set;
import java.util.function.Consumer;

/// What overseers keep: the catalogue, the epoch, and which workers there were. Used by overseers only.
///
/// Every overseer has a store object of its own; several of them may share what is behind it. What a method returned
/// without an exception survives the loss of the process. Safe for use by many threads; all methods may block on disk or
/// network. Who opened it closes it.
public interface Store extends AutoCloseable {

    /// Takes the lead: raises the epoch by at least one and returns it. From now on writes through other store objects,
    /// which claimed a lower epoch, are refused.
    ///
    /// @throws StoreException if the store cannot be reached or written
    long claim() throws StoreException;

    /// The catalogue as it is now.
    ///
    /// @throws StoreException if the store cannot be reached or read
    Catalogue catalogue() throws StoreException;

    /// Replaces the catalogue if its version is still the one before `next`. False: another change came first, and
    /// nothing was written.
    ///
    /// @throws StoreException if the epoch claimed here is not the highest any more, or was never claimed, or the store
    ///     cannot be written
    boolean replace(Catalogue next) throws StoreException;

    /// The names of the workers that were members last.
    ///
    /// @throws StoreException if the store cannot be reached or read
    Set<String> workers() throws StoreException;

    /// Remembers the names of the workers that are members.
    ///
    /// @throws StoreException as [#replace] does
    void workers(Set<String> names) throws StoreException;

    /// Calls the watcher with each catalogue that is committed from now on, through whichever store object. Versions
    /// ascend; some may be left out when they follow each other closely. On a thread of the store; must not block.
    ///
    /// @return ends the watching
    Watch watch(Consumer<Catalogue> watcher);

    @Override
    void close();

    /// A watcher's registration.
    @FunctionalInterface
    interface Watch extends AutoCloseable {

        @Override
        void close();
    }
}
