package org.stagedpipe.repository;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.ResourceBuilder;

import org.osgi.resource.Resource;

import java.net.URI;
import java.util.jar.Manifest;

/// Bundles as OSGi resources.
final class Resources {

    private static final String MIME_TYPE = "application/vnd.osgi.bundle";

    private Resources() {}

    /// What a bundle of that manifest offers and requires, with its content at that address.
    static Resource of(Manifest manifest, URI content, String sha256, long size) {
        ResourceBuilder builder = new ResourceBuilder();
        builder.addManifest(Domain.domain(manifest));
        builder.addContentCapability(content, sha256, size, MIME_TYPE);
        return builder.build();
    }
}
