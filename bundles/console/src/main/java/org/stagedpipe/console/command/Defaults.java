package org.stagedpipe.console.command;

import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What holds where the command line does not say it: a local cluster's addresses, say. Asked when a command needs it.
public interface Defaults {

    /// Where overseers serve.
    List<Endpoint> overseers();

    /// What is known of those overseers, for who gets no answer from any; empty if nothing is.
    default String ofOverseers() {
        return "";
    }

    /// How peers prove who they are.
    default Security security() {
        return Security.loopbackOnly();
    }

    /// Variables that stand for options, `STAGEDPIPE_…`; none in an overseer's shell, whose environment is not its user's.
    default Map<String, String> environment() {
        return Map.of();
    }

    /// For whom commands are run, where that is somebody else than who runs this process; empty if it is not.
    default String operator() {
        return "";
    }

    /// The overseer's ssh port and the key for it, empty if they are not known.
    default Optional<ShellAccess> shell() {
        return Optional.empty();
    }

    /// An overseer on this machine at the default port.
    static Defaults local() {
        return () -> List.of(new Endpoint("127.0.0.1", 9400));
    }
}
