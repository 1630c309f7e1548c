package org.stagedpipe.runtime;

import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.runtime.cluster.ClusterCommands;
import org.stagedpipe.runtime.cluster.ClusterFile;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
    public Map<String, String> environment() {
        return System.getenv();
    }

    /// Of the local cluster, or else of the one overseer that serves a console on data of this distribution.
    @Override
    public Optional<ShellAccess> shell() {
        try {
            Path cluster = ClusterCommands.folder(home).resolve("overseer-1");
            List<Path> served = serving(cluster) ? List.of(cluster) : nodes();
            return served.size() == 1
                    ? Optional.of(ShellAccess.of(served.getFirst()))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> nodes() throws IOException {
        if (!Files.isDirectory(home.data())) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(home.data())) {
            return folders.filter(LocalDefaults::serving).toList();
        }
    }

    private static boolean serving(Path data) {
        return Files.exists(data.resolve(ShellAccess.FOLDER).resolve(ShellAccess.ADDRESS));
    }
}
