package org.stagedpipe.worker.plugin;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.reflect.Field;
import java.util.concurrent.ConcurrentHashMap;

/// Frees the threads that Felix 7.0.5 forgets in its class loaders.
///
/// When two threads define one class at once, the loser's entry stays in `m_classLocks` of the bundle's loader for as long as
/// that bundle lives. An ended virtual thread keeps the task it ran, and so all of a plugin whose pipelines first used a
/// shared bundle, a database driver say. The field is private; where it is missing there is nothing to free.
final class ClassLocks {

    private static final Logger LOG = LoggerFactory.getLogger(ClassLocks.class);
    private static final String FIELD = "m_classLocks";

    private final BundleContext context;

    ClassLocks(BundleContext context) {
        this.context = context;
    }

    /// Asks for a collection, without the entries of threads that have ended in the loaders of all bundles.
    void collect() {
        for (Bundle bundle : context.getBundles()) {
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            ClassLoader loader = wiring == null ? null : wiring.getClassLoader();
            if (loader != null) {
                freeEnded(loader);
            }
        }
        System.gc();
    }

    private static void freeEnded(ClassLoader loader) {
        try {
            Field field = loader.getClass().getDeclaredField(FIELD);
            field.setAccessible(true);
            if (field.get(loader) instanceof ConcurrentHashMap<?, ?> locks) {
                locks.values()
                        .removeIf(owner -> owner instanceof Thread thread && !thread.isAlive());
            }
        } catch (NoSuchFieldException e) {
            LOG.trace("{} has no {}", loader, FIELD); // the framework's own, or another Felix
        } catch (IllegalAccessException | RuntimeException e) {
            LOG.warn("{} of {} cannot be read: {}", FIELD, loader, e.toString());
        }
    }
}
