package org.stagedpipe.runtime.node;

import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.stagedpipe.features.ClassPath;
import org.stagedpipe.features.Container;
import org.stagedpipe.features.RoleFeature;
import org.stagedpipe.runtime.Home;

import sun.misc.Signal;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// One node, from its command line to its end.
final class Node {

    /// Longer than any wait inside of a bundle's start, which says what it waited for: an overseer looks for a majority for 30 s.
    private static final Duration BUNDLES_WITHIN = Duration.ofMinutes(2);

    /// For the stop of what has not started: it may be tried again, with all its waits.
    private static final Duration FAILED_WITHIN = Duration.ofSeconds(2);

    /// What the process ends with on a signal.
    private static final Map<String, Integer> STATUSES = Map.of("TERM", 0, "INT", 0, "HUP", 129);

    private final Home home;
    private final NodeOptions options;
    private final PrintStream out = System.out;

    private final Ending ending = new Ending();
    private volatile boolean hasFailed; // at its start

    Node(Home home, NodeOptions options) {
        this.home = home;
        this.options = options;
    }

    /// Returns when the node's container has stopped. What runs then still is ended by the end of the process.
    ///
    /// @throws StartException if it cannot start
    void run() throws StartException, InterruptedException {
        RoleFeature feature = feature();
        options.check();
        Path conf = options.conf == null ? home.conf() : options.conf;
        Path said = conf.resolve(options.role + ".json");
        Map<String, Map<String, Object>> file = ConfigurationFile.read(said, feature);
        String name = new NodeName(options, file).text();
        Path folder =
                options.data == null
                        ? NodeConfiguration.folder(feature, file)
                                .map(home.data()::resolveSibling)
                                .orElseGet(() -> home.data().resolve(name))
                        : options.data;
        folder = folder.toAbsolutePath().normalize();
        NodeConfiguration configuration =
                NodeConfiguration.merge(
                        feature,
                        file,
                        new NodeConfiguration.Given(name, folder, options.overseer, options.port));
        DataDirectory data = DataDirectory.take(folder);
        Logs.to(data.log(), conf, home.conf());
        HttpLimits.USUAL.set(System.getProperties());
        try {
            Container container = open(data, configuration.stopWithin());
            Handover handover = Handover.of(configuration, container.context());
            UnaryOperator<String> named =
                    text -> ConfigurationFile.named(said, file, configuration.byPid(), text);
            Startup startup = new Startup(feature.configurations().size(), ending, named);
            start(container, handover, feature, startup);
            announce(container, feature, name, data, startup);
            container.awaitStop();
        } catch (IOException | BundleException e) {
            throw StartException.of(e, folder, folder.toFile().getUsableSpace());
        } finally {
            ending.mean();
        }
    }

    private RoleFeature feature() throws StartException {
        Path file = home.features().resolve(options.role + ".json");
        try {
            if (options.role.matches("[a-z][a-z-]*") && Files.exists(file)) {
                return RoleFeature.read(file);
            }
            throw StartException.usage(
                    "--role: \""
                            + options.role
                            + "\" (expected: "
                            + String.join(", ", roles())
                            + ")");
        } catch (IOException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        }
    }

    private List<String> roles() throws IOException {
        try (Stream<Path> files = Files.list(home.features())) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        }
    }

    /// From here on the end of the process stops the container first, if it is meant.
    private Container open(DataDirectory data, Duration stopWithin)
            throws IOException, BundleException {
        Container container = Container.open(data.container(), ClassPath.ofThisProcess());
        ending.watch();
        STATUSES.forEach(
                (name, status) -> Signal.handle(new Signal(name), signal -> ending.exit(status)));
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("stop")
                                .unstarted(() -> stop(container, data, stopWithin)));
        return container;
    }

    private void stop(Container container, DataDirectory data, Duration within) {
        ending.check();
        boolean stopped = container.stop(hasFailed ? FAILED_WITHIN : within);
        data.close();
        if (!stopped && hasFailed) { // has said why
            Runtime.getRuntime().halt(ending.overdue());
        }
        if (!stopped) {
            System.err.println(
                    "stagedpipe: the node did not stop within " + within.toSeconds() + " s");
            Runtime.getRuntime().halt(ending.overdue());
        }
    }

    private void start(Container container, Handover handover, RoleFeature feature, Startup startup)
            throws StartException, InterruptedException, IOException, BundleException {
        container
                .context()
                .registerService(
                        BiConsumer.class,
                        startup,
                        FrameworkUtil.asDictionary(Map.of("stagedpipe.startup", true)));
        container.install(feature, bundle -> home.lib().resolve(bundle.name()));
        List<String> missing = container.missing();
        if (!missing.isEmpty()) {
            throw new StartException(missing.getFirst());
        }
        var _ = startup.failed().thenRun(() -> hasFailed = true);
        container.start(BUNDLES_WITHIN, startup.failed());
        handover.check();
    }

    private void announce(
            Container container,
            RoleFeature feature,
            String name,
            DataDirectory data,
            Startup startup)
            throws StartException, InterruptedException, IOException {
        List<String> ready = startup.await(Duration.ofSeconds(options.readyWithinSeconds));
        if (ready.isEmpty()) {
            List<String> reporting = feature.configurations().keySet().stream().sorted().toList();
            throw new StartException(notReady(container, reporting, startup));
        }
        data.announce(options.role, name, ReadyLine.addresses(ready));
        ready.forEach(out::println);
        out.flush();
    }

    private String notReady(Container container, List<String> reporting, Startup startup) {
        List<String> why = new Components(container.context()).unsatisfied();
        return String.join(", ", reporting)
                + " did not become ready within "
                + options.readyWithinSeconds
                + " s"
                + (startup.said().isEmpty() ? "" : ", only: " + String.join("; ", startup.said()))
                + (why.isEmpty() ? "" : ": " + String.join("; ", why));
    }
}
