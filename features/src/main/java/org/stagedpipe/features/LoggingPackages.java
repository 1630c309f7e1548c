package org.stagedpipe.features;

import org.slf4j.Logger;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The logging interface of the class path: one for the process, whoever runs in it. As bundles, it and what is
/// behind it would need a third that weaves the lookup of services into their classes.
public final class LoggingPackages {

    private LoggingPackages() {}

    /// As the framework is to export them, in the form of `Export-Package`.
    public static String exported() {
        String version = Logger.class.getPackage().getImplementationVersion();
        // slf4j's own bundle offers itself to users of its first version too.
        String asVersion1 = "1.7.36";
        return Stream.concat(
                        Stream.of("", ".event", ".helpers", ".spi")
                                .map(sub -> "org.slf4j" + sub + ";version=" + version),
                        Stream.of("", ".helpers")
                                .map(sub -> "org.slf4j" + sub + ";version=" + asVersion1))
                .collect(Collectors.joining(","));
    }
}
