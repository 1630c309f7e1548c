package org.stagedpipe.overseer;

import org.osgi.framework.Version;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.stagedpipe.protocol.v1.CapabilityAttribute;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a worker's container offers to bundles, as one resource that requires nothing. What its packages use of each other
/// is kept, since a bundle may get such a package from a library; but not where several of that name are offered: which one it is, is not
/// reported.
final class Platform implements Resource {

    private static final String PACKAGE = PackageNamespace.PACKAGE_NAMESPACE;
    private static final String USES = Namespace.CAPABILITY_USES_DIRECTIVE;

    private final List<Capability> capabilities;

    /// As the worker reported it.
    Platform(List<org.stagedpipe.protocol.v1.Capability> reported) {
        Map<String, Long> packages =
                reported.stream()
                        .filter(each -> each.getNamespace().equals(PACKAGE))
                        .flatMap(each -> each.getAttributesList().stream())
                        .filter(attribute -> attribute.getName().equals(PACKAGE))
                        .flatMap(attribute -> attribute.getValuesList().stream())
                        .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
        capabilities =
                reported.stream().<Capability>map(each -> capability(each, packages)).toList();
    }

    @Override
    public List<Capability> getCapabilities(String namespace) {
        return namespace == null
                ? capabilities
                : capabilities.stream().filter(c -> c.getNamespace().equals(namespace)).toList();
    }

    @Override
    public List<Requirement> getRequirements(String namespace) {
        return List.of();
    }

    @Override
    public String toString() {
        return "the workers' containers";
    }

    /// @param packages that are offered, and how often
    private Capability capability(
            org.stagedpipe.protocol.v1.Capability reported, Map<String, Long> packages) {
        Map<String, Object> attributes = new TreeMap<>();
        reported.getAttributesList().forEach(a -> attributes.put(a.getName(), value(a)));
        Map<String, String> directives = new TreeMap<>(reported.getDirectivesMap());
        directives.computeIfPresent(
                USES,
                (_, uses) ->
                        Stream.of(uses.split(",", -1))
                                .map(String::strip)
                                .filter(name -> packages.getOrDefault(name, 0L) == 1)
                                .collect(Collectors.joining(",")));
        return new Offered(reported.getNamespace(), Map.copyOf(attributes), directives, this);
    }

    private static Object value(CapabilityAttribute attribute) {
        List<Object> values =
                attribute.getValuesList().stream()
                        .map(text -> scalar(attribute.getType(), text))
                        .toList();
        return attribute.getType().startsWith("List") || values.size() != 1
                ? values
                : values.getFirst();
    }

    private static Object scalar(String type, String text) {
        try {
            if (type.contains("Version")) {
                return Version.parseVersion(text);
            }
            if (type.contains("Long")) {
                return Long.valueOf(text);
            }
            return type.contains("Double") ? Double.valueOf(text) : text;
        } catch (IllegalArgumentException e) {
            return text; // then nothing matches it, and the refusal names the requirement
        }
    }

    private record Offered(
            String getNamespace,
            Map<String, Object> getAttributes,
            Map<String, String> getDirectives,
            Resource getResource)
            implements Capability {

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }

        @Override
        public String toString() {
            return getNamespace + " " + getAttributes;
        }
    }
}
