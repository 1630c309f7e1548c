package org.stagedpipe.features;

import org.apache.felix.framework.Felix;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// A Felix framework with the bundles of one feature.
///
/// For one thread: [#open], [#install], [#missing], [#start], [#close]. It owns its storage folder, which it empties.
public final class Container implements AutoCloseable {

    private final Felix felix;
    private final ClassPath classPath;
    private final List<Bundle> bundles = new ArrayList<>();

    private Container(Felix felix, ClassPath classPath) {
        this.felix = felix;
        this.classPath = classPath;
    }

    /// Makes the framework; no bundle runs yet.
    ///
    /// @param storage a folder of its own
    /// @param classPath bundles that are on it use its classes
    public static Container open(Path storage, ClassPath classPath) throws BundleException {
        Map<String, Object> all = new TreeMap<>();
        all.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        all.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        all.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
        all.put("felix.log.logger", new ErrorLogger());
        all.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, LoggingPackages.exported());
        // Or bundles find the class path's copy of what they lack.
        all.put("felix.bootdelegation.implicit", "false");
        // Netty looks for Unsafe and for the socket channels by name; without them it takes its
        // slow ways, and epoll is off.
        all.put(Constants.FRAMEWORK_BOOTDELEGATION, "sun.misc,sun.nio.ch");
        Container container = new Container(new Felix(all, classPath), classPath);
        container.felix.init();
        return container;
    }

    /// The framework's own context.
    public BundleContext context() {
        return felix.getBundleContext();
    }

    /// Installs the bundles of a feature in the order in which they start; they are used where they are, not copied.
    ///
    /// @param files where the file of a bundle is
    /// @throws IOException if one is missing
    public void install(RoleFeature feature, Function<BundleFile, Path> files)
            throws IOException, BundleException {
        List<BundleFile> ordered = new ArrayList<>(feature.bundles());
        ordered.sort(Comparator.comparingInt(BundleFile::startOrder));
        for (BundleFile file : ordered) {
            Path path = files.apply(file);
            if (!Files.exists(path)) {
                throw new IOException(
                        "bundle " + file.name() + " is missing (expected: " + path + ")");
            }
            bundles.add(context().installBundle(classPath.location(path)));
        }
    }

    /// Resolves all bundles; what is missing for that, in words, empty if nothing is.
    public List<String> missing() {
        felix.adapt(FrameworkWiring.class).resolveBundles(bundles);
        List<BundleRevision> revisions = new ArrayList<>();
        revisions.add(felix.adapt(BundleRevision.class));
        bundles.forEach(bundle -> revisions.add(bundle.adapt(BundleRevision.class)));
        return new Resolution(revisions).missing();
    }

    /// Starts all bundles in their order, on a thread of its own; waits for it.
    ///
    /// @throws BundleException if one of them cannot start
    public void start(Duration timeout) throws BundleException, InterruptedException {
        start(timeout, new CompletableFuture<>());
    }

    /// As [#start(Duration)], but waits no longer once the other one is done.
    ///
    /// @throws BundleException if one of them cannot start
    public void start(Duration timeout, CompletableFuture<?> until)
            throws BundleException, InterruptedException {
        CompletableFuture<?> started = new CompletableFuture<>();
        Thread.ofPlatform().name("start").start(() -> startAll(started));
        try {
            Object _ =
                    CompletableFuture.anyOf(started, until)
                            .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BundleException("bundles did not start within " + timeout.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BundleException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void startAll(CompletableFuture<?> started) {
        try {
            felix.start();
            for (Bundle bundle : bundles) {
                start(bundle);
            }
            started.complete(null);
        } catch (BundleException | RuntimeException | Error e) { // whoever waits tells it
            started.completeExceptionally(e);
        }
    }

    /// Waits until the framework has stopped, whoever stopped it.
    public void awaitStop() throws InterruptedException {
        felix.waitForStop(0);
    }

    /// Stops the bundles in the reverse order, waits for it at most 30 s.
    @Override
    public void close() {
        stop(Duration.ofSeconds(30));
    }

    /// Stops the bundles in the reverse order, and waits for it that long.
    ///
    /// @return whether all have stopped
    public boolean stop(Duration within) {
        try {
            felix.stop();
            return felix.waitForStop(within.toMillis()).getType() != FrameworkEvent.WAIT_TIMEDOUT;
        } catch (BundleException e) {
            throw new IllegalStateException("framework: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Not to be remembered: the framework would write it into a file of each bundle.
    private static void start(Bundle bundle) throws BundleException {
        if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null) {
            return;
        }
        try {
            bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
        } catch (BundleException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new BundleException(
                    "bundle " + bundle.getSymbolicName() + " did not start: " + cause, e);
        }
    }
}
