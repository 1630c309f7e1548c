package org.stagedpipe.repository;

import org.osgi.resource.Resource;
import org.stagedpipe.cluster.catalogue.Library;

import java.net.URI;
import java.util.jar.Manifest;

/// A library that passed the [Verifier].
///
/// @param library which one
/// @param manifest its manifest; not changed by anybody
public record LibraryBundle(Library library, Manifest manifest) {

    /// What it offers and requires, with its content at that address.
    public Resource resource(URI content) {
        return Resources.of(manifest, content, library.sha256(), library.size());
    }
}
