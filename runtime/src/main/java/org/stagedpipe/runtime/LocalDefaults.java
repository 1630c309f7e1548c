package org.stagedpipe.runtime;

import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.runtime.cluster.ClusterCommands;
import org.stagedpipe.runtime.cluster.ClusterFile;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The overseers of the local cluster while one runs, otherwise the default port of this machine.
record LocalDefaults(Home home) implements Defaults {

    @Override
    public List<Endpoint> overseers() {
        try {
            List<String> running = new ClusterFile(ClusterCommands.folder(home)).overseers();
            return running.isEmpty()
                    ? Defaults.local().overseers()
                    : running.stream().map(Endpoint::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<ShellAccess> shell() {
        try {
            Path overseer = ClusterCommands.folder(home).resolve("overseer-1");
            return Optional.of(ShellAccess.of(overseer));
        } catch (IOException e) {
            return Optional.empty(); // no local cluster with a console
        }
    }
}
