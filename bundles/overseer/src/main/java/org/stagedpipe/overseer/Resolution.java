package org.stagedpipe.overseer;

import org.apache.felix.resolver.Logger;
import org.apache.felix.resolver.ResolverImpl;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.resource.Wire;
import org.osgi.resource.Wiring;
import org.osgi.service.resolver.HostedCapability;
import org.osgi.service.resolver.ResolutionException;
import org.osgi.service.resolver.ResolveContext;
import org.stagedpipe.cluster.catalogue.Library;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whether a bundle would resolve in a container, and with which libraries of the repository, asked before the bundle goes
/// there. What the container has comes before any library, libraries that are named first before others, and then higher versions before lower ones.
final class Resolution extends ResolveContext {

    private static final String EFFECTIVE = "effective";

    private final Resource bundle;
    private final Platform platform;
    private final Map<Resource, Library> libraries;
    private final Set<Library> first;

    private Resolution(
            Resource bundle,
            Platform platform,
            Map<Resource, Library> libraries,
            Set<Library> first) {
        this.bundle = bundle;
        this.platform = platform;
        this.libraries = libraries;
        this.first = first;
    }

    /// What came of it.
    ///
    /// @param obstacle what stands against it, in words; empty if nothing does
    /// @param libraries that it needs then
    record Result(String obstacle, Set<Library> libraries) {}

    /// In that container.
    ///
    /// @param libraries of the repository, as resources
    /// @param first those of them that come before others
    static Result of(
            Resource bundle,
            Platform platform,
            Map<Resource, Library> libraries,
            Set<Library> first) {
        return new Resolution(bundle, platform, libraries, first).result();
    }

    /// The libraries that it may need in a container that nobody knows yet: whatever they can provide is taken from them.
    static Set<Library> likely(
            Resource bundle, Map<Resource, Library> libraries, Set<Library> first) {
        Resolution resolution = new Resolution(bundle, new Platform(List.of()), libraries, first);
        return libraries(resolution.reachable(), libraries);
    }

    private Result result() {
        String missing = missing(bundle, "");
        if (!missing.isEmpty()) {
            return new Result("missing " + missing, Set.of());
        }
        try {
            Map<Resource, List<Wire>> wires = new ResolverImpl(new Logger(0), 1).resolve(this);
            return new Result("", libraries(wires.keySet(), libraries));
        } catch (ResolutionException e) {
            String inLibraries =
                    reachable().stream()
                            .map(library -> missing(library, libraries.get(library) + " misses "))
                            .filter(text -> !text.isEmpty())
                            .collect(Collectors.joining("; "));
            return new Result(
                    inLibraries.isEmpty()
                            ? String.valueOf(e.getMessage())
                                    .lines()
                                    .collect(Collectors.joining(" "))
                            : "library " + inLibraries,
                    Set.of());
        }
    }

    private String missing(Resource resource, String prefix) {
        String missing =
                resource.getRequirements(null).stream()
                        .filter(this::isMandatory)
                        .filter(requirement -> findProviders(requirement).isEmpty())
                        .map(RequirementText::of)
                        .distinct()
                        .collect(Collectors.joining(", "));
        return missing.isEmpty() ? "" : prefix + missing;
    }

    /// The libraries that are first for what the bundle needs, and what those need.
    private Set<Resource> reachable() {
        Set<Resource> reached = new LinkedHashSet<>();
        Deque<Resource> open = new ArrayDeque<>(List.of(bundle));
        while (!open.isEmpty()) {
            for (Requirement requirement : open.pop().getRequirements(null)) {
                List<Capability> providers =
                        isMandatory(requirement) ? findProviders(requirement) : List.of();
                if (!providers.isEmpty()) {
                    Resource provider = providers.getFirst().getResource();
                    if (libraries.containsKey(provider) && reached.add(provider)) {
                        open.push(provider);
                    }
                }
            }
        }
        return reached;
    }

    private static Set<Library> libraries(Set<Resource> used, Map<Resource, Library> libraries) {
        return used.stream()
                .map(libraries::get)
                .filter(Objects::nonNull)
                .collect(Collectors.toCollection(LinkedHashSet::new));
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
        Predicate<Capability> wanted = wanted(requirement);
        List<Capability> providers =
                matching(
                        wanted,
                        Stream.concat(
                                platform.getCapabilities(namespace).stream(),
                                bundle.getCapabilities(namespace).stream()));
        providers.addAll(matching(wanted, offered(namespace, true)));
        providers.addAll(matching(wanted, offered(namespace, false)));
        return providers;
    }

    private Stream<Capability> offered(String namespace, boolean isFirst) {
        return libraries.entrySet().stream()
                .filter(library -> first.contains(library.getValue()) == isFirst)
                .flatMap(library -> library.getKey().getCapabilities(namespace).stream());
    }

    private static List<Capability> matching(
            Predicate<Capability> wanted, Stream<Capability> offered) {
        List<Capability> matching =
                offered.filter(wanted).collect(Collectors.toCollection(ArrayList::new));
        matching.sort(Resolution::higherVersionFirst);
        return matching;
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

    /// Its filter is read once, for all that is offered.
    private static Predicate<Capability> wanted(Requirement requirement) {
        @Nullable String text = requirement.getDirectives().get("filter");
        if (text == null) {
            return capability -> mandatory(capability).isEmpty();
        }
        try {
            Filter filter = FrameworkUtil.createFilter(text);
            return capability ->
                    mandatory(capability).stream().allMatch(name -> text.contains("(" + name + "="))
                            && filter.matches(capability.getAttributes());
        } catch (InvalidSyntaxException e) {
            return capability -> false; // then it is missing, and the refusal shows it
        }
    }

    /// The attributes that a filter must name.
    private static List<String> mandatory(Capability capability) {
        return Stream.of(capability.getDirectives().getOrDefault("mandatory", "").split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
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
