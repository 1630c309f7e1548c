package org.stagedpipe.overseer;

import org.apache.felix.resolver.Logger;
import org.apache.felix.resolver.ResolverImpl;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.resource.Wiring;
import org.osgi.service.resolver.HostedCapability;
import org.osgi.service.resolver.ResolutionException;
import org.osgi.service.resolver.ResolveContext;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whether a bundle would resolve in a container, asked before the bundle goes there.
final class Resolution extends ResolveContext {

    private static final String EFFECTIVE = "effective";

    private final Resource bundle;
    private final Platform platform;

    private Resolution(Resource bundle, Platform platform) {
        this.bundle = bundle;
        this.platform = platform;
    }

    /// What stands against it, in words; empty if nothing does.
    static String obstacle(Resource bundle, Platform platform) {
        return new Resolution(bundle, platform).obstacle();
    }

    private String obstacle() {
        String missing =
                bundle.getRequirements(null).stream()
                        .filter(this::isMandatory)
                        .filter(requirement -> findProviders(requirement).isEmpty())
                        .map(RequirementText::of)
                        .distinct()
                        .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            return "missing " + missing;
        }
        try {
            new ResolverImpl(new Logger(0), 1).resolve(this);
            return "";
        } catch (ResolutionException e) {
            return String.valueOf(e.getMessage()).lines().collect(Collectors.joining(" "));
        }
    }

    private boolean isMandatory(Requirement requirement) {
        return isEffective(requirement)
                && !"optional".equals(requirement.getDirectives().get("resolution"));
    }

    @Override
    public Collection<Resource> getMandatoryResources() {
        return List.of(bundle);
    }

    @Override
    public List<Capability> findProviders(Requirement requirement) {
        String namespace = requirement.getNamespace();
        List<Capability> providers =
                Stream.concat(
                                platform.getCapabilities(namespace).stream(),
                                bundle.getCapabilities(namespace).stream())
                        .filter(capability -> matches(requirement, capability))
                        .collect(Collectors.toCollection(ArrayList::new));
        providers.sort(Resolution::higherVersionFirst);
        return providers;
    }

    @Override
    public int insertHostedCapability(List<Capability> capabilities, HostedCapability hosted) {
        capabilities.add(hosted);
        return capabilities.size() - 1;
    }

    @Override
    public boolean isEffective(Requirement requirement) {
        return "resolve".equals(requirement.getDirectives().getOrDefault(EFFECTIVE, "resolve"));
    }

    @Override
    public Map<Resource, Wiring> getWirings() {
        return Map.of();
    }

    private static boolean matches(Requirement requirement, Capability capability) {
        String filter = requirement.getDirectives().get("filter");
        String mandatory = capability.getDirectives().getOrDefault("mandatory", "");
        boolean named =
                Stream.of(mandatory.split(",", -1))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty())
                        .allMatch(name -> filter != null && filter.contains("(" + name + "="));
        try {
            return named
                    && (filter == null
                            || FrameworkUtil.createFilter(filter)
                                    .matches(capability.getAttributes()));
        } catch (InvalidSyntaxException e) {
            return false; // then it is missing, and the refusal shows it
        }
    }

    private static int higherVersionFirst(Capability one, Capability other) {
        Object a = one.getAttributes().get("version");
        Object b = other.getAttributes().get("version");
        return a instanceof org.osgi.framework.Version v
                        && b instanceof org.osgi.framework.Version w
                ? w.compareTo(v)
                : 0;
    }
}
