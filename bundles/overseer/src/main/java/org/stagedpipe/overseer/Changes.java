package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Catalogue;
import org.stagedpipe.cluster.catalogue.CatalogueEntry;
import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.repository.PluginBundle;
import org.stagedpipe.repository.RefusedException;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.repository.Verifier;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/// What operators do to the catalogue, one change at a time. Each method waits until its change is through, and leaves
/// everything as it was if it throws, unless it says otherwise.
final class Changes {

    /// What an operator announced of a bundle.
    record Announced(Mode mode, String file, long size, String sha256, Duration timeout) {}

    private final Store store;
    private final Blobs blobs;
    private final Nodes nodes;
    private final Rollout rollout;
    private final LongSupplier wallMs;
    private final Verifier verifier = new Verifier();
    private final AtomicReference<@Nullable String> running = new AtomicReference<>();

    Changes(Store store, Blobs blobs, Nodes nodes, Rollout rollout, LongSupplier wallMs) {
        this.store = store;
        this.blobs = blobs;
        this.nodes = nodes;
        this.rollout = rollout;
        this.wallMs = wallMs;
    }

    /// Installs, updates or verifies what was uploaded.
    ///
    /// @return the plugin's name
    /// @throws CallException INVALID, EXISTS, NOT_FOUND, REFUSED, CONFLICT
    String publish(Upload upload, Announced announced, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        PluginBundle bundle = verified(upload, announced, steps);
        PluginVersion plugin = bundle.plugin();
        if (announced.mode() == Mode.VERIFY) {
            Admission.check(store.catalogue(), plugin);
            resolve(bundle, steps);
            steps.step("verify", plugin + " can be published");
            return plugin.name();
        }
        begin(announced.mode().name().toLowerCase(Locale.ROOT) + " " + plugin);
        try {
            Catalogue catalogue = store.catalogue();
            Admission.check(catalogue, plugin);
            if (catalogue.current().contains(plugin)) {
                steps.step("commit", plugin + " is what new groups get already, nothing to do");
                return plugin.name();
            }
            Admission.checkMode(catalogue, plugin, announced.mode());
            resolve(bundle, steps);
            CatalogueEntry entry =
                    Admission.entry(catalogue, plugin, wallMs.getAsLong(), announced.file());
            store(upload, plugin, steps);
            roll(entry, plugin, announced.timeout(), steps);
            return plugin.name();
        } finally {
            running.set(null);
        }
    }

    /// Gives new groups an older version.
    ///
    /// @param version empty for the one before the current one
    /// @throws CallException NOT_FOUND, REFUSED, CONFLICT
    void rollback(String name, String version, Duration timeout, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        begin("rollback of " + name);
        try {
            CatalogueEntry entry = Admission.installed(store.catalogue(), name);
            PluginVersion target = Admission.rollbackTarget(entry, version);
            if (target.equals(entry.current())) {
                steps.step("commit", target + " is what new groups get already, nothing to do");
                return;
            }
            resolve(bundle(target), steps);
            rollout.run(entry.routed(target), timeout, steps);
        } finally {
            running.set(null);
        }
    }

    /// Gives new groups nothing. The history stays, so that a version can never come back with other bytes.
    ///
    /// @throws CallException NOT_FOUND, CONFLICT
    void uninstall(String name, Duration timeout, Steps steps)
            throws CallException, InterruptedException, StoreException {
        begin("uninstall of " + name);
        try {
            CatalogueEntry entry = Admission.installed(store.catalogue(), name);
            rollout.run(entry.routed(null), timeout, steps);
        } finally {
            running.set(null);
        }
    }

    private void begin(String what) throws CallException {
        String other = running.compareAndExchange(null, what);
        if (other != null) {
            throw new CallException(
                    Kind.CONFLICT,
                    what + ": " + other + " is running (expected: one change at a time)");
        }
    }

    private PluginBundle verified(Upload upload, Announced announced, Steps steps)
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

    private PluginBundle bundle(PluginVersion plugin) throws CallException, IOException {
        try {
            return verifier.known(
                    blobs.find(plugin.sha256())
                            .orElseThrow(() ->
                                    new CallException(
                                            Kind.REFUSED,
                                            "the bundle of "
                                                    + plugin
                                                    + " is not in the repository (expected: sha-256"
                                                    + " "
                                                    + plugin.sha256()
                                                    + ")")),
                    plugin);
        } catch (RefusedException e) {
            throw new CallException(Kind.REFUSED, e.getMessage(), e);
        }
    }

    private void resolve(PluginBundle bundle, Steps steps) throws CallException {
        List<Node> workers = nodes.all(Role.WORKER);
        for (Node worker : workers) {
            String obstacle =
                    Resolution.obstacle(
                            bundle.resource(URI.create("bundle.jar")),
                            new Platform(nodes.with(() -> worker.hello().getPlatformList())));
            if (!obstacle.isEmpty()) {
                throw new CallException(
                        Kind.REFUSED,
                        bundle.plugin()
                                + " does not resolve on worker "
                                + worker.name()
                                + ": "
                                + obstacle);
            }
        }
        steps.step(
                "resolve",
                workers.isEmpty()
                        ? "not checked: no worker is connected"
                        : "resolves on "
                                + workers.size()
                                + (workers.size() == 1 ? " worker" : " workers"));
    }

    private void store(Upload upload, PluginVersion plugin, Steps steps) throws IOException {
        blobs.keep(upload);
        steps.step("store", "sha-256 " + plugin.sha256());
    }

    private void roll(CatalogueEntry entry, PluginVersion plugin, Duration timeout, Steps steps)
            throws CallException, InterruptedException, StoreException, IOException {
        try {
            rollout.run(entry, timeout, steps);
        } finally {
            Optional<PluginVersion> published =
                    store.catalogue().known(plugin.name()).flatMap(e -> e.find(plugin.version()));
            if (published.isEmpty()) {
                blobs.remove(plugin.sha256());
            }
        }
    }
}
