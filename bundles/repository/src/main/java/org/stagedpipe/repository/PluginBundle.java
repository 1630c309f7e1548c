package org.stagedpipe.repository;

import org.osgi.resource.Resource;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.net.URI;
import java.util.jar.Manifest;

/// A bundle that passed the [Verifier].
///
/// @param plugin what it is to operators and clients
/// @param symbolicName what it is to OSGi
/// @param manifest its manifest; not changed by anybody
public record PluginBundle(PluginVersion plugin, String symbolicName, Manifest manifest) {

    /// What it offers and requires, with its content at that address.
    ///
    /// @throws RefusedException if the manifest does not tell it
    public Resource resource(URI content) throws RefusedException {
        return Resources.of(plugin.toString(), manifest, content, plugin.sha256(), plugin.size());
    }
}
