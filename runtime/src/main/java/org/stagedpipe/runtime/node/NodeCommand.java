package org.stagedpipe.runtime.node;

import org.stagedpipe.runtime.Home;

import picocli.CommandLine;

/// `stagedpipe node`: reads the command line and runs the node.
public final class NodeCommand {

    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private NodeCommand() {}

    /// Runs a node until it has stopped.
    ///
    /// @return the exit status of the process
    public static int run(Home home, String... arguments) {
        NodeOptions options = PlainArguments.read(arguments).orElseGet(NodeOptions::new);
        if (options.role.isEmpty()) {
            CommandLine commandLine = new CommandLine(options);
            try {
                commandLine.parseArgs(arguments);
                options.check(commandLine);
            } catch (CommandLine.ParameterException e) {
                return refused(e.getMessage() + " (stagedpipe node --help)", USAGE);
            }
            if (commandLine.isUsageHelpRequested()) {
                commandLine.usage(System.out);
                return OK;
            }
        }
        try {
            new Node(home, options).run();
            return OK;
        } catch (StartException e) {
            return refused(e.getMessage(), e.status());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        }
    }

    private static int refused(String text, int status) {
        System.err.println("stagedpipe: " + text);
        return status;
    }
}
