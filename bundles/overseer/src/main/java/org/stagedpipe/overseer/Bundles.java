package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.repository.PluginBundle;
import org.stagedpipe.repository.RefusedException;
import org.stagedpipe.repository.Upload;
import org.stagedpipe.repository.Verifier;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.net.URI;
import java.util.List;

/// Looks at a plugin's bundle before any worker hears of it.
final class Bundles {

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
    PluginBundle verified(Upload upload, Changes.Announced announced, Steps steps)
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
    PluginBundle of(PluginVersion plugin) throws CallException, IOException, InterruptedException {
        try {
            return verifier.known(
                    replicas.find(plugin.sha256())
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

    /// Finds out whether it would resolve on each worker.
    ///
    /// @throws CallException REFUSED with the missing requirement
    void resolve(PluginBundle bundle, Steps steps) throws CallException {
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
}
