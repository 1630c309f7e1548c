package org.stagedpipe.repository;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.ResourceBuilder;

import org.osgi.resource.Resource;

import java.net.URI;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Bundles as OSGi resources.
final class Resources {

    private static final String MIME_TYPE = "application/vnd.osgi.bundle";

    /// What XML 1.0, 2.2, does not have, escaped or not.
    private static final Pattern NOT_IN_XML =
            Pattern.compile("[^\\t\\n\\r -\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]");

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
        checkCharacters(name, manifest);
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

    /// One such character would make the index unreadable for everybody.
    private static void checkCharacters(String name, Manifest manifest) throws RefusedException {
        for (Map.Entry<Object, Object> header : manifest.getMainAttributes().entrySet()) {
            Matcher found = NOT_IN_XML.matcher(header.getValue().toString());
            if (found.find()) {
                throw new RefusedException(
                        name,
                        "%s: %s has U+%04X"
                                .formatted(
                                        JarFile.MANIFEST_NAME,
                                        header.getKey(),
                                        found.group().codePointAt(0)),
                        "characters that XML has");
            }
        }
    }
}
