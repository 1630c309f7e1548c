package org.stagedpipe.repository;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.ResourceBuilder;

import org.osgi.resource.Resource;

import java.net.URI;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/// Bundles as OSGi resources.
final class Resources {

    private static final String MIME_TYPE = "application/vnd.osgi.bundle";

    private Resources() {}

    /// What a bundle of that manifest offers and requires, with its content at that address.
    ///
    /// @param name of the bundle, for people
    /// @throws RefusedException if the manifest does not tell it
    static Resource of(String name, Manifest manifest, URI content, String sha256, long size)
            throws RefusedException {
        ResourceBuilder builder = read(name, manifest);
        builder.addContentCapability(content, sha256, size, MIME_TYPE);
        return builder.build();
    }

    /// The same before it has a content.
    ///
    /// @throws RefusedException if the manifest does not tell it
    static ResourceBuilder read(String name, Manifest manifest) throws RefusedException {
        ResourceBuilder builder = new ResourceBuilder();
        try {
            builder.addManifest(Domain.domain(manifest));
        } catch (RuntimeException e) { // bnd's parsers throw whatever they come upon
            throw new RefusedException(
                    name,
                    JarFile.MANIFEST_NAME + ": " + e.getMessage(),
                    "headers as OSGi has them");
        }
        return builder;
    }
}
