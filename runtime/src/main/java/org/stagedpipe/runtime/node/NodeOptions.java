package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;

/// What the command line says of a node.
@Command(
        name = "stagedpipe node",
        sortOptions = false,
        description = "Runs one node in this process until it is stopped (Ctrl-C, SIGTERM).")
final class NodeOptions {

    /// The port as digits; whether it is one, and the host, the node's settings look at.
    private static final String ADDRESSES =
            "\\s*[^,\\s]+:[0-9]{1,5}\\s*(,\\s*[^,\\s]+:[0-9]{1,5}\\s*)*";

    @Option(
            names = "--role",
            required = true,
            paramLabel = "ROLE",
            description = "overseer, coordinator, worker, or all of them in one process.")
    String role = "";

    @Option(
            names = "--conf",
            paramLabel = "DIR",
            description = "Folder with <role>.json and logback.xml (the distribution's conf).")
    @Nullable Path conf;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder for what the node keeps, its own (data/<name>).")
    @Nullable Path data;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Unique in the cluster (<role>-<host>).")
    @Nullable String name;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "Its port; its other ports keep their distance to it. 0: any free ones"
                            + " (overseer 9400, coordinator 9410, worker 9420).")
    @Nullable Integer port;

    @Option(
            names = "--overseer",
            paramLabel = "HOST:PORT",
            description =
                    "Where overseers are, separated by commas (127.0.0.1:9400). For an"
                            + " overseer: those that it joins.")
    @Nullable String overseer;

    @Option(
            names = "--ready-within",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "Give up when the node does not serve by then (30).")
    int readyWithinSeconds = 30;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this.")
    boolean help;

    /// @throws StartException if there is no such folder of configurations, or the name or an address is none
    void check() throws StartException {
        if (overseer != null && !overseer.matches(ADDRESSES)) {
            throw StartException.usage(
                    "--overseer: \""
                            + overseer
                            + "\" (expected: host:port, more of them separated by commas)");
        }
        if (conf != null && !Files.isDirectory(conf)) {
            throw StartException.usage("--conf: " + conf + " (expected: a folder)");
        }
        if (name != null && !name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw StartException.usage(
                    "--name: \""
                            + name
                            + "\" (expected: lower-case letters, digits and hyphens, a letter"
                            + " first, at most 63)");
        }
    }

    /// @throws CommandLine.ParameterException if a number is out of range
    void check(CommandLine commandLine) {
        if (port != null && (port < 0 || port > 65_535)) {
            throw new CommandLine.ParameterException(
                    commandLine, "--port: " + port + " (expected: 0 to 65535)");
        }
        if (readyWithinSeconds < 1) {
            throw new CommandLine.ParameterException(
                    commandLine, "--ready-within: " + readyWithinSeconds + " (expected: >= 1)");
        }
    }
}
