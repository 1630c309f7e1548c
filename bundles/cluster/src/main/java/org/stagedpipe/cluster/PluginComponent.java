package org.stagedpipe.cluster;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.zip.ZipFile;

/// The one component of a plugin's bundle that provides the plugin, as its description has it.
///
/// @param type its class; empty if the description does not say it
/// @param name its `@PluginName`, if it has one
/// @param refersToServices whether it needs others' services
public record PluginComponent(String type, @Nullable String name, boolean refersToServices) {

    private static final String SERVICE = "org.stagedpipe.api.Plugin";

    /// That of a bundle.
    ///
    /// @param zip keeps the rules for zip files; it stays open
    /// @param places the header Service-Component: paths with `*` in the last part, comma-separated
    /// @throws BrokenZipException if there is none, more than one, or a description that breaks a rule
    /// @throws IOException if it cannot be read
    public static PluginComponent of(ZipFile zip, String places) throws IOException {
        List<PluginComponent> found = new ComponentReader(zip, SERVICE).read(places);
        if (found.isEmpty()) {
            throw new BrokenZipException(
                    "a bundle without a pipeline: no component provides " + SERVICE,
                    "one @Component(service = Plugin.class)");
        }
        if (found.size() > 1) {
            throw new BrokenZipException(found.size() + " components provide " + SERVICE, "one");
        }
        return found.getFirst();
    }
}
