package org.stagedpipe.runtime;

import java.nio.file.Path;

/// Where the distribution is and where its nodes keep their data, as `bin/stagedpipe` says it.
///
/// @param distribution the folder with bin, conf, lib and features
/// @param base the folder in which `data` is made: the distribution, or the checkout
public record Home(Path distribution, Path base) {

    /// Of the system properties `stagedpipe.home` and `stagedpipe.base`; the working directory without them.
    public static Home ofThisProcess() {
        Path distribution = Path.of(System.getProperty("stagedpipe.home", "."));
        String base = System.getProperty("stagedpipe.base");
        return new Home(
                distribution.toAbsolutePath().normalize(),
                (base == null ? distribution : Path.of(base)).toAbsolutePath().normalize());
    }

    /// The feature files.
    public Path features() {
        return distribution.resolve("features");
    }

    /// The bundles and what is on the class path.
    public Path lib() {
        return distribution.resolve("lib");
    }

    /// The configurations that the distribution brings.
    public Path conf() {
        return distribution.resolve("conf");
    }

    /// What `prepare` leaves: a cache of classes for each role and one for commands, `<role>.aot` and `command.aot`.
    public Path caches() {
        return distribution.resolve("caches");
    }

    /// Where data is kept unless another folder is given.
    public Path data() {
        return base.resolve("data");
    }
}
