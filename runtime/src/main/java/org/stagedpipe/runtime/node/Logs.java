package org.stagedpipe.runtime.node;

import ch.qos.logback.classic.ClassicConstants;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Sends what the bundles log to the node's folder.
final class Logs {

    /// The system property that tells [NodeLog] and `logback.xml` where.
    static final String FOLDER = "stagedpipe.log";

    private static final long STRAY_BYTES = 1 << 20;

    /// Held, or the setting is collected with the logger.
    private static final Logger JAVA_LOGGING = Logger.getLogger("");

    /// Warns of each stream that a peer breaks, with a stack: one that opens calls and leaves made a node write 4,000 of them in a second.
    private static final Logger BROKEN_STREAMS =
            Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler");

    private Logs() {}

    /// To be called before the container starts: logback reads these system properties once.
    ///
    /// @param conf the folder whose `logback.xml` counts, or else that of the distribution, or else [NodeLog]
    static void to(Path folder, Path conf, Path distribution) throws StartException {
        try {
            Files.createDirectories(folder);
            // stdout belongs to the node's ready line; what bundles print there goes to a file.
            System.setOut(
                    new PrintStream(
                            new BoundedFile(folder.resolve("stdout.log"), STRAY_BYTES), true));
            ClusterOutput.bound(folder, System.getenv(ClusterOutput.VARIABLE));
        } catch (IOException e) {
            throw new StartException("log directory " + folder + " cannot be made: " + e);
        }
        Path own = conf.resolve("logback.xml");
        Path used = Files.exists(own) ? own : distribution.resolve("logback.xml");
        System.setProperty(FOLDER, folder.toString());
        if (Files.exists(used)) {
            System.setProperty(ClassicConstants.CONFIG_FILE_PROPERTY, used.toUri().toString());
        }
        // gRPC logs by java.util.logging: its warnings go to stderr.
        System.setProperty("java.util.logging.SimpleFormatter.format", "%4$-5s %3$s - %5$s%6$s%n");
        JAVA_LOGGING.setLevel(Level.WARNING);
        BROKEN_STREAMS.setLevel(Level.SEVERE);
    }
}
