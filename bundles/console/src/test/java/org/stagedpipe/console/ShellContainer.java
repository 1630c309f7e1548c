package org.stagedpipe.console;

import org.apache.felix.framework.Felix;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.node.LocalOverseer;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/// A Felix with the console's bundle and those that it needs, beside an overseer of the test. What they share with the
/// test comes from the test's class path.
final class ShellContainer implements AutoCloseable {

    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final String BUNDLES =
            "(jline|sshd-osgi|picocli|jackson-(core|databind|annotations)"
                    + "|org\\.osgi\\.(util\\.(promise|function)|service\\.component)"
                    + "|org\\.apache\\.felix\\.(scr|configadmin|gogo\\.(runtime|command)))-[0-9].*";
    private static final String SHARED =
            "org.stagedpipe.cluster;version=1.0.0,org.stagedpipe.cluster.catalogue;version=1.0.0,"
                + "org.stagedpipe.cluster.signature;version=1.0.0,org.stagedpipe.protocol.v1;version=1.0.0,"
                + "org.stagedpipe.transport;version=1.0.0,org.stagedpipe.transport.node;version=1.0.0,"
                + "com.google.protobuf;version=4.36.2,org.osgi.service.cm;version=1.6.1,"
                + "org.slf4j;version=2.0.20,org.slf4j.helpers;version=2.0.20,org.slf4j.spi;version=2.0.20,"
                + "org.slf4j.event;version=2.0.20,org.apache.commons.logging;version=1.2.0";

    private final Felix felix;
    private final Path data;
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>(100);

    private ShellContainer(Felix felix, Path data) {
        this.felix = felix;
        this.data = data;
    }

    static ShellContainer start(Path folder, LocalOverseer overseer) throws Exception {
        Felix felix =
                new Felix(
                        Map.of(
                                Constants.FRAMEWORK_STORAGE,
                                folder.resolve("felix").toString(),
                                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                                SHARED));
        felix.start();
        ShellContainer container = new ShellContainer(felix, folder.resolve("o1"));
        BundleContext context = felix.getBundleContext();
        BiConsumer<String, String> startup =
                (event, text) -> container.told.add(event + ": " + text);
        context.registerService(
                BiConsumer.class,
                startup,
                FrameworkUtil.asDictionary(Map.of("stagedpipe.startup", true)));
        context.registerService(LocalOverseer.class, overseer, null);
        for (Bundle bundle : install(context)) {
            bundle.start();
        }
        return container;
    }

    /// Where the shell's overseer is.
    static LocalOverseer overseer(Endpoint endpoint, boolean isMutual) {
        return new LocalOverseer() {

            @Override
            public String name() {
                return "o1";
            }

            @Override
            public Endpoint endpoint() {
                return endpoint;
            }

            @Override
            public boolean isMutual() {
                return isMutual;
            }
        };
    }

    /// Configures the console anew.
    ///
    /// @return what it tells the launcher then
    String configure(Map<String, Object> own) throws Exception {
        BundleContext context = felix.getBundleContext();
        ConfigurationAdmin admin =
                context.getService(context.getServiceReference(ConfigurationAdmin.class));
        Configuration configuration = admin.getConfiguration("org.stagedpipe.console", "?");
        Map<String, Object> all = new java.util.TreeMap<>(own);
        all.put("data", data.toString());
        all.putIfAbsent("sshPort", 0);
        configuration.update(FrameworkUtil.asDictionary(all));
        String text = told.poll(WAIT.toSeconds(), TimeUnit.SECONDS);
        if (text == null) {
            throw new AssertionError("the console does not become ready");
        }
        return text;
    }

    /// The folder that the console has what it keeps in.
    Path folder() {
        return data.resolve(ShellAccess.FOLDER);
    }

    /// For a command line on the same machine.
    Defaults defaults() {
        return new Defaults() {

            @Override
            public List<Endpoint> overseers() {
                return List.of();
            }

            @Override
            public Optional<ShellAccess> shell() {
                try {
                    return Optional.of(ShellAccess.of(data));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    /// Runs `stagedpipe shell` with these arguments.
    Run shell(String... arguments) {
        List<String> line = new ArrayList<>(List.of("shell"));
        line.addAll(List.of(arguments));
        return Run.of(defaults(), false, line.toArray(String[]::new));
    }

    @Override
    public void close() throws Exception {
        felix.stop();
        felix.waitForStop(WAIT.toMillis());
    }

    private static List<Bundle> install(BundleContext context) throws Exception {
        List<Bundle> bundles = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            boolean own = Files.isRegularFile(path.resolve("OSGI-INF/org.stagedpipe.console.xml"));
            if (own || String.valueOf(path.getFileName()).matches(BUNDLES)) {
                bundles.add(context.installBundle("reference:" + path.toUri()));
            }
        }
        return bundles;
    }
}
