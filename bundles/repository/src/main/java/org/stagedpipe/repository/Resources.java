package org.stagedpipe.repository;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.ResourceBuilder;

import org.osgi.resource.Resource;

import java.net.URI;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Bundles as OSGi resources.
final class Resources {

    private static final Attributes.Name REQUIRED = new Attributes.Name("Require-Capability");
    private static final String MIME_TYPE = "application/vnd.osgi.bundle";

    /// What XML 1.0, 2.2, does not have, escaped or not.
    private static final Pattern NOT_IN_XML =
            Pattern.compile("[^\\t\\n\\r -\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]");

    /// Four times what the header of the largest bundle has that is known here.
    private static final int MAX_PARTS = 5_000;

    private static final int MAX_DEPTH = 100;

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
        for (Map.Entry<Object, Object> header : manifest.getMainAttributes().entrySet()) {
            checkCharacters(name, header.getKey(), header.getValue().toString());
            checkParts(name, header.getKey(), header.getValue().toString());
        }
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
    private static void checkCharacters(String name, Object header, String value)
            throws RefusedException {
        Matcher found = NOT_IN_XML.matcher(value);
        if (found.find()) {
            throw new RefusedException(
                    name,
                    "%s: %s has U+%04X"
                            .formatted(JarFile.MANIFEST_NAME, header, found.group().codePointAt(0)),
                    "characters that XML has");
        }
    }

    /// What reads it makes more of some than memory has: a name that comes again gets a character for each time it came, a filter
    /// is read to its depth.
    private static void checkParts(String name, Object header, String value)
            throws RefusedException {
        if (parts(value) > MAX_PARTS) {
            throw new RefusedException(
                    name,
                    JarFile.MANIFEST_NAME
                            + ": "
                            + header
                            + " has more than "
                            + MAX_PARTS
                            + " parts",
                    "at most " + MAX_PARTS);
        }
        if (header.equals(REQUIRED) && depth(value) > MAX_DEPTH) {
            throw new RefusedException(
                    name,
                    JarFile.MANIFEST_NAME
                            + ": "
                            + header
                            + " has ( in ( more than "
                            + MAX_DEPTH
                            + " times",
                    "filters of at most " + MAX_DEPTH);
        }
    }

    /// Between commas and semicolons that are not quoted, for bnd.
    private static int parts(String header) {
        int parts = 1;
        char quote = 0;
        for (int i = 0; i < header.length(); i++) {
            char c = header.charAt(i);
            if (c == '\\') {
                i++; // whatever follows
            } else if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == ',' || c == ';') {
                parts++;
            }
        }
        return parts;
    }

    private static int depth(String filters) {
        int depth = 0;
        int most = 0;
        for (int i = 0; i < filters.length(); i++) {
            char c = filters.charAt(i);
            if (c == '\\') {
                i++; // of a value, which it does not end
            } else if (c == '(') {
                depth++;
                most = Math.max(most, depth);
            } else if (c == ')') {
                depth = Math.max(0, depth - 1);
            }
        }
        return most;
    }
}
