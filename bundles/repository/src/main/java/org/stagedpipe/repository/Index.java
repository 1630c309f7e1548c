package org.stagedpipe.repository;

import aQute.bnd.osgi.repository.XMLResourceGenerator;

import org.osgi.resource.Resource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Library;
import org.stagedpipe.cluster.catalogue.PluginVersion;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The repository's index as XML (OSGi Compendium, 132.5): what each bundle offers, requires, and where its bytes are. The
/// addresses are relative to the index.
public final class Index {

    private static final Logger LOG = LoggerFactory.getLogger(Index.class);

    private final Blobs blobs;
    private final Verifier verifier = new Verifier();
    private final Set<String> damaged =
            ConcurrentHashMap.newKeySet(); // what was said of, by digest

    /// Of these blobs.
    public Index(Blobs blobs) {
        this.blobs = blobs;
    }

    /// The index of those versions and libraries; what has no blob, or one that cannot be read, is left out.
    ///
    /// @param increment grows with each change
    /// @throws IOException if it cannot be made
    public byte[] xml(long increment, List<PluginVersion> versions, List<Library> libraries)
            throws IOException {
        List<Resource> resources = new ArrayList<>();
        for (PluginVersion version : versions) {
            URI content = content(version.sha256());
            read(version.sha256(), version, blob -> verifier.known(blob, version).resource(content))
                    .ifPresent(resources::add);
        }
        for (Library library : libraries) {
            URI content = content(library.sha256());
            read(library.sha256(), library, blob -> verifier.known(blob, library).resource(content))
                    .ifPresent(resources::add);
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

    /// What a blob is as a resource.
    @FunctionalInterface
    private interface Reading {
        Resource of(Path blob) throws RefusedException, IOException;
    }

    private Optional<Resource> read(String sha256, Object what, Reading reading) {
        Optional<Path> blob = blobs.find(sha256);
        if (blob.isEmpty()) {
            return Optional.empty();
        }
        try {
            Resource resource = reading.of(blob.get());
            damaged.remove(sha256);
            return Optional.of(resource);
        } catch (RefusedException | IOException e) {
            if (damaged.add(sha256)) {
                LOG.warn("{} is not in the index, blob {}: {}", what, sha256, e.getMessage());
            }
            return Optional.empty();
        }
    }

    private static URI content(String sha256) {
        return URI.create("blobs/" + sha256 + ".jar");
    }
}
