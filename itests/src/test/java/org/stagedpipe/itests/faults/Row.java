package org.stagedpipe.itests.faults;

/// One fault of the list that every release survives.
///
/// @param name as the command takes it
/// @param kind of the cluster that it happens to
/// @param injection what happens, in the middle of the load
record Row(String name, Kind kind, Injection injection) {

    /// How the processes of a cluster are put together.
    enum Kind {
        /// They reach each other directly.
        DIRECT,
        /// Directly, and there are three overseers.
        OVERSEERS,
        /// With TLS, each through a proxy.
        NETWORK
    }

    /// Does it, and returns when it is over: whoever was frozen runs again, whoever was killed need not.
    interface Injection {

        /// @throws NotPermitted if this machine does not allow it
        void into(Round round) throws Exception;
    }

    /// A fault between processes that are reached directly.
    static Row of(String name, Injection injection) {
        return new Row(name, Kind.DIRECT, injection);
    }

    /// A fault of one of three overseers.
    static Row ofOverseers(String name, Injection injection) {
        return new Row(name, Kind.OVERSEERS, injection);
    }

    /// A fault of the network between them.
    static Row ofNetwork(String name, Injection injection) {
        return new Row(name, Kind.NETWORK, injection);
    }

    /// The machine does not allow what a fault needs.
    static final class NotPermitted extends Exception {

        private static final long serialVersionUID = 1;

        NotPermitted(String why) {
            super(why);
        }
    }
}
