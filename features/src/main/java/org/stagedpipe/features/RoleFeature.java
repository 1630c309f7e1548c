package org.stagedpipe.features;

import org.osgi.service.feature.Feature;
import org.osgi.service.feature.FeatureBundle;
import org.osgi.service.feature.FeatureConfiguration;
import org.osgi.service.feature.FeatureService;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/// What a node of one role is made of, as a file in the OSGi feature format says it.
///
/// @param bundles in the order in which they are installed
/// @param configurations the defaults, by PID, then by key
public record RoleFeature(
        List<BundleFile> bundles, Map<String, Map<String, Object>> configurations) {

    /// A bundle that names no order starts with the last.
    private static final int LAST = 3;

    /// Copies both.
    public RoleFeature {
        bundles = List.copyOf(bundles);
        configurations = Map.copyOf(configurations);
    }

    /// Reads a feature file.
    ///
    /// @throws IOException if it cannot be read, or is no feature file; the text names it
    public static RoleFeature read(Path file) throws IOException {
        FeatureService service = ServiceLoader.load(FeatureService.class).iterator().next();
        try (Reader reader = Files.newBufferedReader(file)) {
            return of(service.readFeature(reader));
        } catch (RuntimeException e) {
            throw new IOException(file + ": not a feature file: " + e.getMessage(), e);
        }
    }

    private static RoleFeature of(Feature feature) {
        Map<String, Map<String, Object>> configurations = new TreeMap<>();
        for (FeatureConfiguration configuration : feature.getConfigurations().values()) {
            configurations.put(configuration.getPid(), Map.copyOf(configuration.getValues()));
        }
        return new RoleFeature(
                feature.getBundles().stream().map(RoleFeature::bundle).toList(), configurations);
    }

    private static BundleFile bundle(FeatureBundle bundle) {
        Object order = bundle.getMetadata().getOrDefault("start-order", LAST);
        return new BundleFile(
                bundle.getID().getArtifactId(),
                bundle.getID().getVersion(),
                Integer.parseInt(order.toString()));
    }
}
