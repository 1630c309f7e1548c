package org.stagedpipe.worker;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.CapabilityAttribute;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/// What this container offers to plugins: the capabilities of all its bundles but the plugins themselves. Overseers resolve
/// plugins against it before they push them.
final class Platform {

    private static final String PLUGINS = "stagedpipe:";

    private Platform() {}

    static List<Capability> of(BundleContext context) {
        List<Capability> platform = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            if (revision != null && !bundle.getLocation().startsWith(PLUGINS)) {
                for (BundleCapability capability : revision.getDeclaredCapabilities(null)) {
                    platform.add(capability(capability));
                }
            }
        }
        return platform;
    }

    private static Capability capability(BundleCapability from) {
        Capability.Builder to =
                Capability.newBuilder()
                        .setNamespace(from.getNamespace())
                        .putAllDirectives(from.getDirectives());
        from.getAttributes().forEach((name, value) -> to.addAttributes(attribute(name, value)));
        return to.build();
    }

    static CapabilityAttribute attribute(String name, Object value) {
        CapabilityAttribute.Builder to = CapabilityAttribute.newBuilder().setName(name);
        Collection<?> list =
                switch (value) {
                    case Collection<?> collection -> collection;
                    case Object array when array.getClass().isArray() ->
                            IntStream.range(0, Array.getLength(array))
                                    .mapToObj(i -> Array.get(array, i))
                                    .toList();
                    default -> null;
                };
        if (list == null) {
            return to.setType(type(value)).addValues(value.toString()).build();
        }
        list.forEach(each -> to.addValues(String.valueOf(each)));
        boolean versions = !list.isEmpty() && list.stream().allMatch(Version.class::isInstance);
        return to.setType(versions ? "List<Version>" : "List<String>").build();
    }

    private static String type(Object value) {
        return switch (value) {
            case Version _ -> "Version";
            case Long _, Integer _, Short _, Byte _ -> "Long";
            case Double _, Float _ -> "Double";
            default -> "String";
        };
    }

    /// Of the software, as its own bundle says.
    static String version(BundleContext context) {
        return context.getBundle().getVersion().toString();
    }
}
