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
    ///
    /// @throws RefusedException if the manifest does not tell it
    public Resource resource(URI content) throws RefusedException {
        return Resources.of(
                library.toString(), manifest, content, library.sha256(), library.size());
    }
}
