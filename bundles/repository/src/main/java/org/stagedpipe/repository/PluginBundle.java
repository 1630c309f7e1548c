package org.stagedpipe.repository;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.ResourceBuilder;

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

    private static final String MIME_TYPE = "application/vnd.osgi.bundle";

    /// What it offers and requires, with its content at that address.
    public Resource resource(URI content) {
        ResourceBuilder builder = new ResourceBuilder();
        builder.addManifest(Domain.domain(manifest));
        builder.addContentCapability(content, plugin.sha256(), plugin.size(), MIME_TYPE);
        return builder.build();
    }
}
