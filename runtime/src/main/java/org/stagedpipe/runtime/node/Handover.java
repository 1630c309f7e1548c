package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.AllServiceListener;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;

import java.lang.reflect.InvocationTargetException;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;

/// Gives a node's configurations to the container's ConfigurationAdmin at the moment at which that is there, so before bundles of a later
/// start order ask for them.
///
/// By reflection: its types are those of a bundle, this class is on the class path outside of the container. Of all services: the
/// launcher does not share the type.
final class Handover implements AllServiceListener {

    private static final String ADMIN = "org.osgi.service.cm.ConfigurationAdmin";
    private static final String CONFIGURATION = "org.osgi.service.cm.Configuration";

    /// Whichever bundle asks for it.
    private static final String ANY_LOCATION = "?";

    private final BundleContext context;
    private final Map<String, Map<String, Object>> byPid;
    private volatile @Nullable Throwable failure;

    private Handover(BundleContext context, Map<String, Map<String, Object>> byPid) {
        this.context = context;
        this.byPid = byPid;
    }

    /// To be called before the bundles start.
    static Handover of(NodeConfiguration configuration, BundleContext context) {
        Handover handover = new Handover(context, configuration.byPid());
        try {
            context.addServiceListener(handover, "(objectClass=" + ADMIN + ")");
            return handover;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("a constant filter", e);
        }
    }

    /// To be called once the bundles have started.
    ///
    /// @throws StartException if the configurations were refused
    void check() throws StartException {
        Throwable why = failure;
        if (why != null) {
            throw new StartException("configurations cannot be handed over: " + why);
        }
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        if (event.getType() != ServiceEvent.REGISTERED) {
            return;
        }
        ServiceReference<?> reference = event.getServiceReference();
        Object admin = context.getService(reference);
        try {
            ClassLoader types = admin.getClass().getClassLoader();
            var get =
                    types.loadClass(ADMIN)
                            .getMethod("getConfiguration", String.class, String.class);
            var update = types.loadClass(CONFIGURATION).getMethod("update", Dictionary.class);
            for (Map.Entry<String, Map<String, Object>> each : byPid.entrySet()) {
                update.invoke(
                        get.invoke(admin, each.getKey(), ANY_LOCATION),
                        new Hashtable<>(each.getValue()));
            }
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            failure = cause == null ? e : cause; // thrown here, the framework would only log it
        } finally {
            context.ungetService(reference);
        }
    }
}
