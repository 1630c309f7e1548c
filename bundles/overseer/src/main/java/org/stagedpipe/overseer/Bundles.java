package org.stagedpipe.overseer;

import org.osgi.resource.Resource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.repository.LibraryBundle;
import org.stagedpipe.repository.PluginBundle;
import org.stagedpipe.repository.RefusedException;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.repository.Verifier;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Looks at a plugin's bundle before any worker hears of it.
final class Bundles {

    private static final Logger LOG = LoggerFactory.getLogger(Bundles.class);

    private final Replicas replicas;
    private final Nodes nodes;
    private final Verifier verifier = new Verifier();

    Bundles(Replicas replicas, Nodes nodes) {
        this.replicas = replicas;
        this.nodes = nodes;
    }

    /// What was uploaded, as it was announced.
    ///
    /// @throws CallException INVALID
    PluginBundle verified(Upload upload, Announced announced, Steps steps)
            throws CallException, IOException {
        try {
            PluginBundle bundle =
                    verifier.verify(upload, announced.file(), announced.size(), announced.sha256());
            steps.step("verify", announced.file() + " is " + bundle.plugin());
            return bundle;
        } catch (RefusedException e) {
            throw new CallException(Kind.INVALID, e.getMessage(), e);
        }
    }

    /// What the repository holds.
    ///
    /// @throws CallException REFUSED if it does not
    PluginBundle of(PluginVersion plugin) throws CallException, InterruptedException {
        return read(plugin.sha256(), plugin, blob -> verifier.known(blob, plugin));
    }

    /// What a blob is.
    @FunctionalInterface
    private interface Reading<T> {
        T of(Path blob) throws RefusedException, IOException;
    }

    /// Reads it from another overseer if this one's is damaged.
    private <T> T read(String sha256, Object what, Reading<T> reading)
            throws CallException, InterruptedException {
        Path here =
                replicas.find(sha256)
                        .orElseThrow(() -> refused(what, "is not in the repository", sha256));
        try {
            return reading.of(here);
        } catch (RefusedException | IOException e) {
            LOG.warn("{}, blob {} of this overseer: {}", what, sha256, e.getMessage());
        }
        Path anew = replicas.findAnew(sha256).orElse(here);
        try {
            return reading.of(anew);
        } catch (RefusedException | IOException e) {
            throw refused(what, "cannot be read: " + e.getMessage(), sha256);
        }
    }

    private static CallException refused(Object what, String why, String sha256) {
        return new CallException(
                Kind.REFUSED,
                "the bundle of "
                        + what
                        + " "
                        + why
                        + " (expected: sha-256 "
                        + sha256
                        + "; publish that file again)");
    }

    /// What was uploaded as a library, as it was announced.
    ///
    /// @throws CallException INVALID
    LibraryBundle library(Upload upload, Announced announced, Steps steps)
            throws CallException, IOException {
        try {
            LibraryBundle bundle =
                    verifier.verifyLibrary(
                            upload, announced.file(), announced.size(), announced.sha256());
            steps.step("verify", announced.file() + " is " + bundle.library());
            return bundle;
        } catch (RefusedException e) {
            throw new CallException(Kind.INVALID, e.getMessage(), e);
        }
    }

    /// Finds out whether it would resolve on each worker, with those libraries where it lacks something. It need not on one that a
    /// change does not wait for, see [Workers#ready].
    ///
    /// @param first those of them that are taken before others, whatever their versions
    /// @return the libraries that it needs
    /// @throws CallException REFUSED with the missing requirement
    List<Library> resolve(
            PluginBundle bundle, List<Library> available, Set<Library> first, Steps steps)
            throws CallException, InterruptedException {
        Resource resource = resource(bundle);
        Map<Resource, Library> libraries = resources(available, steps);
        Map<List<Capability>, List<String>> workers = nodes.platforms();
        Set<String> ready =
                new Workers(nodes).ready().stream().map(Node::name).collect(Collectors.toSet());
        int resolved = 0;
        Set<Library> needed =
                workers.isEmpty()
                        ? Resolution.likely(resource, libraries, first)
                        : new LinkedHashSet<>();
        for (Map.Entry<List<Capability>, List<String>> alike : workers.entrySet()) {
            Resolution.Result result =
                    Resolution.of(resource, new Platform(alike.getKey()), libraries, first);
            List<String> names = alike.getValue();
            if (result.obstacle().isEmpty()) {
                needed.addAll(result.libraries());
                resolved += names.size();
                continue;
            }
            Optional<String> waited =
                    names.stream()
                            .filter(name -> ready.isEmpty() || ready.contains(name))
                            .findFirst();
            String why =
                    bundle.plugin()
                            + " does not resolve on worker "
                            + waited.orElse(names.getFirst())
                            + ": "
                            + result.obstacle();
            if (waited.isPresent()) {
                throw new CallException(Kind.REFUSED, why);
            }
            steps.step("resolve", why + "; not waited for");
        }
        steps.step("resolve", text(resolved, needed));
        return List.copyOf(needed);
    }

    /// Whose signatures a worker takes is its own affair: all that is looked at is that there is one.
    ///
    /// @param added with the libraries that it needs
    /// @throws CallException REFUSED if a worker that a change waits for installs only what is signed, and some of it is not
    void refuseUnsigned(PluginVersion plugin, CatalogueEntry added, Catalogue catalogue)
            throws CallException {
        Optional<Node> strict =
                new Workers(nodes).ready().stream().filter(Node::installsSignedOnly).findFirst();
        Set<Library> signed = catalogue.signedLibraries();
        Optional<?> unsigned =
                added.isSigned(plugin)
                        ? added.librariesOf(plugin).stream()
                                .filter(library -> !signed.contains(library))
                                .findFirst()
                        : Optional.of(plugin);
        if (strict.isPresent() && unsigned.isPresent()) {
            throw new CallException(
                    Kind.REFUSED,
                    unsigned.get()
                            + " is not signed, and worker "
                            + strict.get().name()
                            + " installs only what is (expected: a signature beside its file)");
        }
    }

    private static Resource resource(PluginBundle bundle) throws CallException {
        try {
            return bundle.resource(URI.create("bundle.jar"));
        } catch (RefusedException e) {
            throw new CallException(Kind.REFUSED, e.getMessage(), e);
        }
    }

    private static String text(int workers, Set<Library> needed) {
        String where =
                workers == 0
                        ? "not checked: no worker is connected"
                        : "resolves on " + workers + (workers == 1 ? " worker" : " workers");
        return needed.isEmpty()
                ? where
                : where
                        + ", with "
                        + needed.stream().map(Library::toString).collect(Collectors.joining(", "));
    }

    private Map<Resource, Library> resources(List<Library> available, Steps steps)
            throws InterruptedException {
        Map<Resource, Library> resources = new LinkedHashMap<>();
        for (Library library : available) {
            try {
                resources.put(
                        read(
                                library.sha256(),
                                library,
                                blob ->
                                        verifier.known(blob, library)
                                                .resource(URI.create("library.jar"))),
                        library);
            } catch (CallException e) {
                LOG.warn("{} is left out: {}", library, e.getMessage());
                steps.step("resolve", library + " is left out: " + e.getMessage());
            }
        }
        return resources;
    }
}
