package org.stagedpipe.console.shell;

import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.util.List;
import java.util.Optional;

/// The same defaults for an operator who has come in by a key.
///
/// @param operator whose key it is
record OperatorDefaults(Defaults others, String operator) implements Defaults {

    @Override
    public List<Endpoint> overseers() {
        return others.overseers();
    }

    @Override
    public Security security() {
        return others.security();
    }

    @Override
    public Optional<ShellAccess> shell() {
        return others.shell();
    }
}
