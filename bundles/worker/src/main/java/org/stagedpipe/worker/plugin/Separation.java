package org.stagedpipe.worker.plugin;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.hooks.service.EventListenerHook;
import org.osgi.framework.hooks.service.FindHook;
import org.osgi.framework.hooks.service.ListenerHook.ListenerInfo;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.stagedpipe.protocol.v1.Library;
import org.stagedpipe.protocol.v1.PluginVersion;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Keeps plugins apart: a plugin's bundle is wired to the container's own bundles, to itself, and to the libraries that the
/// catalogue recorded for it; a library also to those that stand beside it in one of its plugins' records. The framework alone takes
/// whatever is resolved already, and then the highest version, whoever it is of. Services likewise: a plugin finds those of the
/// container's bundles, its own, and its libraries'; a library also those of its plugins, which may be what it is there for. Declarative
/// Services alone take the oldest one of all, which leaves with its version. Called by any thread that resolves, looks for services, or
/// changes one.
final class Separation implements ResolverHookFactory, ResolverHook, FindHook, EventListenerHook {

    private final BundleContext context;
    private final Map<String, Set<String>> libraries = new ConcurrentHashMap<>(); // locations
    private @Nullable ServiceRegistration<?> registration;

    Separation(BundleContext context) {
        this.context = context;
    }

    /// From now on nothing else is wired, or found.
    void open() {
        registration =
                context.registerService(
                        new String[] {
                            ResolverHookFactory.class.getName(),
                            FindHook.class.getName(),
                            EventListenerHook.class.getName()
                        },
                        this,
                        null);
    }

    /// Harmless if repeated.
    void close() {
        ServiceRegistration<?> registered = registration;
        if (registered != null) {
            registration = null;
            registered.unregister();
        }
    }

    /// That plugin may be wired to these, from before its bundle is installed until [#forget].
    void record(PluginVersion plugin, List<Library> needed) {
        libraries.put(
                location(plugin),
                needed.stream().map(Separation::location).collect(Collectors.toSet()));
    }

    void forget(PluginVersion plugin) {
        libraries.remove(location(plugin));
    }

    /// Whether a plugin may be wired to what is installed from there.
    boolean isNeeded(String location) {
        return libraries.values().stream().anyMatch(its -> its.contains(location));
    }

    /// Why that plugin's bundle, or one of its libraries, did not start.
    ///
    /// @param name the bundle's, for people
    PluginException notStarted(PluginVersion plugin, String name, Bundle bundle, Throwable thrown) {
        String text = name + " cannot be started: ";
        if (thrown instanceof BundleException failure) {
            if (failure.getType() == BundleException.RESOLVE_ERROR) {
                String unmet = Requirements.unmet(context, bundle, this);
                return unmet.isEmpty()
                        ? unresolved(plugin, text + Texts.of(failure))
                        : new PluginException(text + unmet);
            }
            if (failure.getCause() != null) {
                return new PluginException(
                        text + "its activator threw " + Texts.of(failure.getCause()));
            }
        }
        return new PluginException(text + Texts.of(thrown));
    }

    /// The failure of a resolution whose requirements could each be met. It passes if a library of that plugin is wired to one
    /// that is not: then it came with another plugin, and goes with it.
    private PluginException unresolved(PluginVersion plugin, String text) {
        PluginException failure = new PluginException(text);
        Set<String> own = libraries.getOrDefault(location(plugin), Set.of());
        return own.stream()
                .flatMap(this::providers)
                .filter(to -> to.startsWith(Installer.LIBRARY_LOCATION) && !own.contains(to))
                .findAny()
                .map(to -> failure.passing("a library of it is in use with another plugin's"))
                .orElse(failure);
    }

    private Stream<String> providers(String location) {
        Bundle bundle = context.getBundle(location);
        BundleWiring wiring = bundle == null ? null : bundle.adapt(BundleWiring.class);
        List<BundleWire> wires = wiring == null ? null : wiring.getRequiredWires(null);
        return wires == null
                ? Stream.empty()
                : wires.stream().map(wire -> wire.getProvider().getBundle().getLocation());
    }

    /// Where a plugin's bundle is installed from.
    static String location(PluginVersion plugin) {
        return Installer.LOCATION + Texts.hex(plugin.getSha256());
    }

    /// Where a library is installed from.
    static String location(Library library) {
        return Installer.LIBRARY_LOCATION + Texts.hex(library.getSha256());
    }

    /// Whether the one may be wired to the other.
    boolean mayUse(Bundle user, Bundle provider) {
        String from = user.getLocation();
        String to = provider.getLocation();
        return !to.startsWith(Installer.LOCATION)
                || user.equals(provider)
                || libraries.entrySet().stream()
                        .filter(plugin -> plugin.getValue().contains(to))
                        .anyMatch(plugin ->
                                plugin.getKey().equals(from) || plugin.getValue().contains(from));
    }

    /// Whether the one may find services of the other.
    private boolean mayFind(Bundle user, ServiceReference<?> service) {
        Bundle provider = service.getBundle();
        return provider == null // it is gone
                || mayUse(user, provider)
                || mayUse(provider, user);
    }

    @Override
    public void find(
            BundleContext asking,
            @Nullable String name,
            @Nullable String filter,
            boolean allServices,
            Collection<ServiceReference<?>> references) {
        Bundle user = asking.getBundle();
        references.removeIf(reference -> !mayFind(user, reference));
    }

    /// That a service goes everybody hears: who found it may have lost the right to it since.
    @Override
    public void event(ServiceEvent event, Map<BundleContext, Collection<ListenerInfo>> listeners) {
        if (event.getType() == ServiceEvent.REGISTERED
                || event.getType() == ServiceEvent.MODIFIED) {
            listeners
                    .keySet()
                    .removeIf(listening -> !mayHear(listening, event.getServiceReference()));
        }
    }

    private boolean mayHear(BundleContext listening, ServiceReference<?> service) {
        try {
            return mayFind(listening.getBundle(), service);
        } catch (IllegalStateException e) {
            return false; // its bundle has just stopped
        }
    }

    @Override
    public ResolverHook begin(Collection<BundleRevision> triggers) {
        return this;
    }

    @Override
    public void filterMatches(
            BundleRequirement requirement, Collection<BundleCapability> candidates) {
        Bundle user = requirement.getRevision().getBundle();
        candidates.removeIf(candidate -> !mayUse(user, candidate.getRevision().getBundle()));
    }

    @Override
    public void filterResolvable(Collection<BundleRevision> candidates) {
        // each may be resolved
    }

    @Override
    public void filterSingletonCollisions(
            BundleCapability singleton, Collection<BundleCapability> collisions) {
        // a singleton stays one
    }

    @Override
    public void end() {
        // nothing is kept of a resolution
    }
}
