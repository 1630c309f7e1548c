package org.stagedpipe.runtime;

import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.console.command.UsageException;
import org.stagedpipe.runtime.cluster.ClusterCommands;
import org.stagedpipe.runtime.cluster.ClusterFile;
import org.stagedpipe.runtime.cluster.Member;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The overseers of the local cluster from when it is started until it is stopped, otherwise the default port of this machine.
record LocalDefaults(Home home) implements Defaults {

    @Override
    public List<Endpoint> overseers() {
        try {
            if (cluster().members().isEmpty()) {
                return Defaults.local().overseers();
            }
            List<Endpoint> served =
                    cluster().overseers().stream()
                            .map(Member::address)
                            .filter(address -> !address.isEmpty())
                            .map(Endpoint::parse)
                            .toList();
            if (served.isEmpty()) {
                throw new UsageException(
                        "no overseer of the local cluster serves (expected: one, see"
                                + " stagedpipe cluster status)");
            }
            return served;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String ofOverseers() {
        try {
            List<String> states =
                    cluster().overseers().stream()
                            .map(one ->
                                    one.name()
                                            + (one.process().isPresent()
                                                    ? " runs as pid " + one.pid()
                                                    : " has ended"))
                            .toList();
            return states.isEmpty()
                    ? ""
                    : "of the local cluster "
                            + String.join(", ", states)
                            + " (see stagedpipe cluster status)";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ClusterFile cluster() throws IOException {
        return new ClusterFile(ClusterCommands.folder(home));
    }

    @Override
    public Map<String, String> environment() {
        return System.getenv();
    }

    /// Of the local cluster, or without one of the one overseer that serves a console on data of this distribution.
    @Override
    public Optional<ShellAccess> shell() {
        try {
            Path folder = ClusterCommands.folder(home);
            if (cluster().members().isEmpty()) {
                List<Path> nodes = nodes();
                return nodes.size() == 1
                        ? Optional.of(ShellAccess.of(nodes.getFirst()))
                        : Optional.empty();
            }
            Optional<Path> served =
                    cluster().overseers().stream()
                            .map(one -> folder.resolve(one.name()))
                            .filter(LocalDefaults::serving)
                            .findFirst();
            return served.isPresent()
                    ? Optional.of(ShellAccess.of(served.get()))
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
