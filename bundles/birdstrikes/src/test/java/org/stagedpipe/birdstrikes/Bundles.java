package org.stagedpipe.birdstrikes;

import java.nio.file.Path;

/// Where the build lays the bundles out.
final class Bundles {

    private Bundles() {}

    static Path root(String version) {
        return Path.of("target", version);
    }
}
