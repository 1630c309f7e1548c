package org.stagedpipe.repository;

import aQute.bnd.osgi.repository.XMLResourceGenerator;

import org.osgi.resource.Resource;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The repository's index as XML (OSGi Compendium, 132.5): what each bundle offers, requires, and where its bytes are. The
/// addresses are relative to the index.
public final class Index {

    private final Blobs blobs;
    private final Verifier verifier = new Verifier();

    /// Of these blobs.
    public Index(Blobs blobs) {
        this.blobs = blobs;
    }

    /// The index of those versions and libraries; what has no blob is left out.
    ///
    /// @param increment grows with each change
    /// @throws IOException if a blob cannot be read
    public byte[] xml(long increment, List<PluginVersion> versions, List<Library> libraries)
            throws IOException {
        List<Resource> resources = new ArrayList<>();
        for (PluginVersion version : versions) {
            Optional<Path> blob = blobs.find(version.sha256());
            if (blob.isPresent()) {
                resources.add(resource(blob.get(), version));
            }
        }
        for (Library library : libraries) {
            Optional<Path> blob = blobs.find(library.sha256());
            if (blob.isPresent()) {
                resources.add(resource(blob.get(), library));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new XMLResourceGenerator()
                .name("stagedpipe")
                .increment(increment)
                .indent(2)
                .resources(resources)
                .save(out);
        return out.toByteArray();
    }

    private Resource resource(Path blob, PluginVersion version) throws IOException {
        try {
            return verifier.known(blob, version).resource(content(version.sha256()));
        } catch (RefusedException e) {
            throw changed(version.sha256(), e);
        }
    }

    private Resource resource(Path blob, Library library) throws IOException {
        try {
            return verifier.known(blob, library).resource(content(library.sha256()));
        } catch (RefusedException e) {
            throw changed(library.sha256(), e);
        }
    }

    private static IOException changed(String sha256, RefusedException e) {
        return new IOException("blob " + sha256 + " changed on disk: " + e.getMessage(), e);
    }

    private static URI content(String sha256) {
        return URI.create("blobs/" + sha256 + ".jar");
    }
}
