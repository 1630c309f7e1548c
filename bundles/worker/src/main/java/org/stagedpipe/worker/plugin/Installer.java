package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/// Brings a plugin's bundle into this container, beside other versions of it, up to running pipelines.
@SuppressWarnings("rawtypes") // a service is looked up by its class
final class Installer {

    static final String LOCATION = "stagedpipe:";
    static final String LIBRARY_LOCATION = LOCATION + "library:";

    private static final String NAME = "plugin.name";

    private final BundleContext context;
    private final Duration timeout;
    private final int parallelism;
    private final Duration slowReport;
    private final Separation separation;
    private final PipelinesListener watch;
    private final BiConsumer<PluginVersion, WeakReference<ClassLoader>> removed;

    /// @param separation what a plugin's bundle may be wired to
    /// @param watch told of stages that hang
    /// @param removed told of the class loader of each version that could not be installed, which should be collected soon
    Installer(
            BundleContext context,
            PluginTerms terms,
            Separation separation,
            PipelinesListener watch,
            BiConsumer<PluginVersion, WeakReference<ClassLoader>> removed) {
        this.watch = watch;
        this.removed = removed;
        this.context = context;
        this.timeout = terms.activateTimeout();
        this.parallelism = terms.parallelism();
        this.slowReport = terms.stuckReport();
        this.separation = separation;
    }

    /// Uninstalls what an earlier run of this worker left behind.
    void removeStale() {
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getLocation().startsWith(LOCATION)) {
                InstalledPlugin.remove(context, bundle, timeout);
            }
        }
    }

    /// Installs, starts, waits for the service, prepares. On a failure nothing is left in the container.
    ///
    /// @throws PluginException with the reason for a person
    InstalledPlugin install(PluginVersion version, Path file)
            throws PluginException, InterruptedException {
        Manifests.check(file, version);
        Bundle bundle = add(version, file);
        boolean done = false;
        try {
            start(version, bundle);
            ServiceReference<Plugin> reference = await(version, bundle);
            InstalledPlugin installed = prepare(version, bundle, reference);
            done = true;
            return installed;
        } finally {
            if (!done) {
                WeakReference<ClassLoader> loader = InstalledPlugin.loaderOf(bundle);
                InstalledPlugin.remove(context, bundle, timeout);
                removed.accept(version, loader);
            }
        }
    }

    /// Takes it out of the container; no group may use it. Waits for it as long as for a step of its activation.
    ///
    /// @throws PluginException if it has not ended by then: it goes on, and there may be another attempt once it has
    void unload(InstalledPlugin installed) throws PluginException, InterruptedException {
        PluginVersion version = installed.loaded().version();
        try {
            Within.call(
                    "plugin-deactivate-" + version.getName(),
                    timeout,
                    () -> {
                        installed.unload();
                        return installed;
                    });
        } catch (TimeoutException e) {
            throw late(version, "unload", true);
        } catch (ExecutionException e) {
            throw new PluginException(
                    Texts.of(version) + " cannot be unloaded: " + Texts.of(cause(e)), true);
        }
    }

    private Bundle add(PluginVersion version, Path file) throws PluginException {
        String location = Separation.location(version);
        Bundle left = context.getBundle(location);
        if (left != null) {
            throw new PluginException(
                    Texts.of(version) + ": an earlier attempt at it has not ended yet", true);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return context.installBundle(location, in);
        } catch (BundleException | IOException e) {
            throw PluginException.notInstalled(Texts.of(version), e);
        }
    }

    private void start(PluginVersion version, Bundle bundle)
            throws PluginException, InterruptedException {
        try {
            Within.call(
                    "plugin-start-" + version.getName(),
                    timeout,
                    () -> {
                        bundle.start(Bundle.START_TRANSIENT); // what to start, the plan says
                        return bundle;
                    });
        } catch (TimeoutException e) {
            throw late(version, "start", false);
        } catch (ExecutionException e) {
            throw separation.notStarted(version, Texts.of(version), bundle, cause(e));
        }
    }

    /// The service of that bundle, once it is there.
    private ServiceReference<Plugin> await(PluginVersion version, Bundle bundle)
            throws PluginException, InterruptedException {
        Semaphore changes = new Semaphore(0);
        ServiceListener listener = event -> changes.release();
        try {
            context.addServiceListener(listener, "(service.bundleid=" + bundle.getBundleId() + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        try {
            long end = System.nanoTime() + timeout.toNanos();
            ServiceReference<Plugin> reference = find(version, bundle);
            while (reference == null) {
                if (!mayStillCome(bundle)
                        || !changes.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new PluginException(
                            Texts.of(version)
                                    + " offers no "
                                    + Plugin.class.getName()
                                    + ": "
                                    + whyNoService(bundle));
                }
                reference = find(version, bundle);
            }
            return reference;
        } finally {
            context.removeServiceListener(listener);
        }
    }

    private static boolean mayStillCome(Bundle bundle) {
        return bundle.getHeaders("").get(Manifests.COMPONENTS) != null;
    }

    private String whyNoService(Bundle bundle) {
        return mayStillCome(bundle)
                ? ComponentTexts.whyMissing(context, bundle)
                : "it has no component (expected: one that provides it)";
    }

    @SuppressWarnings("unchecked") // its objectClass says so
    private @Nullable ServiceReference<Plugin> find(PluginVersion version, Bundle bundle)
            throws PluginException {
        ServiceReference<?>[] registered = bundle.getRegisteredServices();
        if (registered == null) {
            return null;
        }
        for (ServiceReference<?> reference : registered) {
            for (String type : (String[]) reference.getProperty("objectClass")) {
                if (type.equals(Plugin.class.getName())) {
                    check(version, reference);
                    return (ServiceReference<Plugin>) reference;
                }
            }
        }
        return null;
    }

    private void check(PluginVersion version, ServiceReference<?> reference)
            throws PluginException {
        if (!reference.isAssignableTo(context.getBundle(), Plugin.class.getName())) {
            throw new PluginException(
                    Texts.of(version)
                            + " brings an org.stagedpipe.api of its own (expected: it imports the"
                            + " worker's)");
        }
        Object name = reference.getProperty(NAME);
        if (!version.getName().equals(name)) {
            throw new PluginException(
                    Texts.of(version)
                            + ": its @PluginName is "
                            + name
                            + " (expected: "
                            + version.getName()
                            + ")");
        }
    }

    private InstalledPlugin prepare(
            PluginVersion version, Bundle bundle, ServiceReference<Plugin> reference)
            throws PluginException, InterruptedException {
        ServiceObjects<Plugin> services = context.getServiceObjects(reference);
        try {
            Plugin service =
                    Within.call(
                            "plugin-activate-" + version.getName(), timeout, services::getService);
            if (service == null) {
                throw new PluginException(
                        Texts.of(version) + ": " + ComponentTexts.whyMissing(context, bundle));
            }
            ClassLoader loader = bundle.adapt(BundleWiring.class).getClassLoader();
            LoadedPlugin.Runs runs =
                    new LoadedPlugin.Runs(
                            parallelism,
                            Manifests.memoryFactor(version, bundle),
                            watch,
                            slowReport,
                            false);
            LoadedPlugin<?, ?, ?> loaded =
                    Within.call(
                            "plugin-load-" + version.getName(),
                            timeout,
                            () -> load(version, loader, service, runs),
                            LoadedPlugin::close);
            return new InstalledPlugin(context, bundle, services, service, loaded);
        } catch (TimeoutException e) {
            throw late(version, "activation", false);
        } catch (ExecutionException e) {
            throw new PluginException(Texts.of(version) + ": " + whyNotPrepared(cause(e)));
        }
    }

    @SuppressWarnings("unchecked") // the types are the plugin's own affair
    private static LoadedPlugin<?, ?, ?> load(
            PluginVersion version, ClassLoader loader, Plugin plugin, LoadedPlugin.Runs runs) {
        return LoadedPlugin.load(version, loader, (Plugin<Object, Object, Object>) plugin, runs);
    }

    private static String whyNotPrepared(Throwable thrown) {
        return thrown instanceof LinkageError
                ? "it was built against another API or other libraries than this worker has: "
                        + Texts.of(thrown)
                : "its state machine cannot be made: " + Texts.of(thrown);
    }

    private PluginException late(PluginVersion version, String step, boolean retryable) {
        return new PluginException(
                Texts.of(version)
                        + ": its "
                        + step
                        + " has not ended within "
                        + timeout.toMillis()
                        + " ms",
                retryable);
    }

    private static Throwable cause(ExecutionException e) {
        return e.getCause() == null ? e : e.getCause();
    }
}
