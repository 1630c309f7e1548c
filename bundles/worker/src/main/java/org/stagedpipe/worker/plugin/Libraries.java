package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/// The libraries in this container: bundles that plugins need beside what it has, several versions of one beside each
/// other. One is here while a plugin holds it, or a bundle is wired to it. Safe for use by many threads; one of them at a
/// time installs or removes, which has an end. They start side by side: nobody waits for one that he does not need.
final class Libraries implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Libraries.class);

    private final BundleContext context;
    private final Blobs blobs;
    private final Duration timeout;
    private final Separation separation;
    private final BiConsumer<PluginVersion, WeakReference<ClassLoader>> removed;
    private final Map<Library, Bundle> installed = new HashMap<>();
    private final Map<PluginVersion, Hold> holds = new HashMap<>(); // the last one of each
    private final SynchronousBundleListener listener = this::changed; // others wait for each other
    private final Map<String, PluginVersion> ending =
            new ConcurrentHashMap<>(); // by location, whose bundles are still there

    /// @param timeout for the start of one, and for its removal
    /// @param separation keeps which plugin has which
    /// @param removed told of the class loader of each that left, which should be collected soon
    Libraries(
            BundleContext context,
            Blobs blobs,
            Duration timeout,
            Separation separation,
            BiConsumer<PluginVersion, WeakReference<ClassLoader>> removed) {
        this.context = context;
        this.blobs = blobs;
        this.timeout = timeout;
        this.separation = separation;
        this.removed = removed;
        context.addBundleListener(listener);
    }

    /// A plugin's hold on its libraries. Close it once the plugin is to have none any more: it lasts until the plugin's bundle has gone, which may
    /// hang in its own start or stop.
    interface Hold extends AutoCloseable {

        @Override
        void close();
    }

    /// Fetches and installs what is not here; no other libraries are that plugin's.
    ///
    /// @throws PluginException if one is not to be had or does not start; nothing is held then
    Hold hold(PluginVersion plugin, List<Library> needed)
            throws PluginException, InterruptedException {
        Map<Library, Path> files = new LinkedHashMap<>();
        for (Library library : needed) {
            files.put(library, blobs.require(asVersion(library)));
        }
        Hold hold = newHold(plugin);
        record(plugin, needed, hold);
        boolean held = false;
        try {
            Map<Library, Bundle> bundles = install(files); // all of them: they may need each other
            for (Map.Entry<Library, Bundle> library : bundles.entrySet()) {
                start(plugin, library.getKey(), library.getValue());
            }
            held = true;
            return hold;
        } finally {
            if (!held) {
                hold.close();
            }
        }
    }

    private Hold newHold(PluginVersion plugin) {
        return new Hold() {
            @Override
            public void close() {
                end(plugin, this);
            }
        };
    }

    /// Nobody needs the plugin any more, or nobody has another hold for it.
    private synchronized void end(PluginVersion plugin, Hold hold) {
        String location = Separation.location(plugin);
        ending.put(location, plugin);
        if (holds.get(plugin) != hold || context.getBundle(location) == null) {
            ending.remove(location);
            release(plugin, hold);
        }
    }

    private void changed(BundleEvent event) {
        if (event.getType() == BundleEvent.UNINSTALLED) {
            String location = event.getBundle().getLocation();
            if (ending.containsKey(location)) {
                Thread.ofVirtual().name("library-release").start(() -> gone(location));
            }
        }
    }

    /// Hears of no bundle any more.
    @Override
    public void close() {
        context.removeBundleListener(listener);
    }

    private synchronized void gone(String location) {
        PluginVersion plugin = ending.remove(location);
        if (plugin != null) {
            release(plugin, holds.get(plugin));
        }
    }

    /// What fetches bundles by version, or waits until their class loaders are collected, does it for these as well.
    static PluginVersion asVersion(Library library) {
        return PluginVersion.newBuilder()
                .setName(library.getSymbolicName())
                .setVersion(library.getVersion())
                .setSha256(library.getSha256())
                .setSize(library.getSize())
                .build();
    }

    private synchronized Map<Library, Bundle> install(Map<Library, Path> files)
            throws PluginException {
        Map<Library, Bundle> bundles = new LinkedHashMap<>();
        for (Map.Entry<Library, Path> file : files.entrySet()) {
            Library library = file.getKey();
            Bundle here = installed.get(library);
            bundles.put(library, here == null ? add(library, file.getValue()) : here);
        }
        return bundles;
    }

    private Bundle add(Library library, Path file) throws PluginException {
        String location = Separation.location(library);
        if (context.getBundle(location) != null) {
            throw new PluginException(
                    name(library) + ": its earlier removal has not ended yet", true);
        }
        Manifests.checkLibrary(file, asVersion(library));
        try (InputStream in = Files.newInputStream(file)) {
            Bundle bundle = context.installBundle(location, in);
            installed.put(library, bundle);
            LOG.info("{}: installed", name(library));
            return bundle;
        } catch (BundleException | IOException e) {
            throw PluginException.notInstalled(name(library), e);
        }
    }

    private void start(PluginVersion plugin, Library library, Bundle bundle)
            throws PluginException, InterruptedException {
        if (bundle.getState() == Bundle.ACTIVE) {
            return;
        }
        try {
            Within.call(
                    "library-start-" + library.getSymbolicName(),
                    timeout,
                    () -> {
                        bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
                        return bundle;
                    });
        } catch (TimeoutException e) {
            throw new PluginException(
                    name(library)
                            + ": its start has not ended within "
                            + timeout.toMillis()
                            + " ms");
        } catch (ExecutionException e) {
            Throwable thrown = e.getCause() == null ? e : e.getCause();
            throw separation.notStarted(plugin, name(library), bundle, thrown);
        }
    }

    private synchronized void record(PluginVersion plugin, List<Library> needed, Hold hold) {
        ending.remove(Separation.location(plugin));
        holds.put(plugin, hold);
        separation.record(plugin, needed);
    }

    /// Unless a later hold has them.
    private void release(PluginVersion plugin, @Nullable Hold hold) {
        if (hold == null || !holds.remove(plugin, hold)) {
            return;
        }
        separation.forget(plugin);
        boolean isGone = true;
        while (isGone) { // with one that goes, others may be used no more
            isGone = removeOne();
        }
    }

    private boolean removeOne() {
        for (Map.Entry<Library, Bundle> library : installed.entrySet()) {
            Bundle bundle = library.getValue();
            if (!separation.isNeeded(bundle.getLocation()) && !isUsed(bundle)) {
                LOG.info("{}: not needed any more", bundle);
                installed.remove(library.getKey());
                WeakReference<ClassLoader> loader = InstalledPlugin.loaderOf(bundle);
                InstalledPlugin.remove(context, bundle, timeout);
                removed.accept(asVersion(library.getKey()), loader);
                return true;
            }
        }
        return false;
    }

    /// Whether another bundle is wired to it, perhaps a library that came with it and stays for another plugin.
    private static boolean isUsed(Bundle library) {
        BundleWiring wiring = library.adapt(BundleWiring.class);
        List<BundleWire> wires = wiring == null ? null : wiring.getProvidedWires(null);
        return wires != null
                && wires.stream()
                        .map(wire -> wire.getRequirer().getBundle())
                        .anyMatch(user ->
                                user.getState() != Bundle.UNINSTALLED && !user.equals(library));
    }

    private static String name(Library library) {
        return "library " + library.getSymbolicName() + " " + library.getVersion();
    }
}
