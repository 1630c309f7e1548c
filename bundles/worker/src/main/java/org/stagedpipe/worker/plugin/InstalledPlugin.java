package org.stagedpipe.worker.plugin;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.api.Plugin;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A plugin's bundle in this container, with its service object held.
@SuppressWarnings("rawtypes") // a service is looked up by its class
final class InstalledPlugin {

    private static final Logger LOG = LoggerFactory.getLogger(InstalledPlugin.class);
    private static final long REFRESH_TIMEOUT_S = 10;

    private final BundleContext context;
    private final Bundle bundle;
    private final ServiceObjects<Plugin> services;
    private final Plugin service;
    private final LoadedPlugin<?, ?, ?> loaded;

    InstalledPlugin(
            BundleContext context,
            Bundle bundle,
            ServiceObjects<Plugin> services,
            Plugin service,
            LoadedPlugin<?, ?, ?> loaded) {
        this.context = context;
        this.bundle = bundle;
        this.services = services;
        this.service = service;
        this.loaded = loaded;
    }

    LoadedPlugin<?, ?, ?> loaded() {
        return loaded;
    }

    /// What should be collected soon, once it is unloaded.
    WeakReference<ClassLoader> loader() {
        return new WeakReference<>(loaded.loader());
    }

    /// Takes it out of the container; no group may use it. Its author's code is called, which may hang.
    void unload() {
        try {
            loaded.close();
            release();
        } finally {
            remove(context, bundle);
        }
    }

    private void release() {
        try {
            services.ungetService(service);
        } catch (IllegalStateException | IllegalArgumentException e) {
            LOG.debug("{}: its service is gone already: {}", bundle, e.getMessage());
        }
    }

    /// What should be collected soon, once the bundle is removed; refers to nothing if it was never resolved.
    static WeakReference<ClassLoader> loaderOf(Bundle bundle) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        return new WeakReference<>(wiring == null ? null : wiring.getClassLoader());
    }

    /// Uninstalls a bundle and forgets its wiring; that bundle only. Waits for it at most that long: one that hangs in its
    /// own start or stop is interrupted then, and its removal goes on once that ends.
    static void remove(BundleContext context, Bundle bundle, Duration timeout) {
        try {
            Within.call(
                    "plugin-remove-" + bundle.getSymbolicName(),
                    timeout,
                    () -> {
                        remove(context, bundle);
                        return bundle;
                    });
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("{} is not removed yet: {}", bundle.getLocation(), Texts.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void remove(BundleContext context, Bundle bundle) {
        try {
            uninstall(bundle);
            refresh(context, bundle);
        } catch (BundleException | IllegalStateException e) {
            LOG.warn("{} could not be uninstalled: {}", bundle.getLocation(), Texts.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// An interrupt may help what it hangs in, but ends a wait for that, too: then it waits again.
    private static void uninstall(Bundle bundle) throws BundleException {
        try {
            bundle.uninstall();
        } catch (BundleException | IllegalStateException e) {
            if (bundle.getState() != Bundle.UNINSTALLED) {
                bundle.uninstall();
            }
        }
    }

    private static void refresh(BundleContext context, Bundle bundle) throws InterruptedException {
        CountDownLatch refreshed = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkWiring.class)
                .refreshBundles(
                        List.of(bundle),
                        event -> {
                            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                                refreshed.countDown();
                            }
                        });
        if (!refreshed.await(REFRESH_TIMEOUT_S, TimeUnit.SECONDS)) {
            LOG.warn("{}: not refreshed within {} s", bundle.getLocation(), REFRESH_TIMEOUT_S);
        }
    }
}
