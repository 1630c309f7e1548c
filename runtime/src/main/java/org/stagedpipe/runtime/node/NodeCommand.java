package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.runtime.Home;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

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
        } catch (RuntimeException | Error e) { // or the container's threads would keep the process
            e.printStackTrace();
            return refused("the node ended by " + e, FAILED);
        }
    }

    /// Shows a node's options with the commands about nodes: in their help, to who mistypes one and to who completes a line.
    /// There each is refused; `bin/stagedpipe` sees by the role that a node is to be started.
    public static void show(CommandLine nodes) {
        CommandSpec spec = nodes.getCommandSpec();
        spec.usageMessage()
                .description(
                        spec.usageMessage().description()[0],
                        "",
                        "With --role instead of a command it runs a node in this process, until"
                                + " that is stopped: stagedpipe node --role worker --name w1");
        for (OptionSpec option : CommandSpec.forAnnotatedObject(new NodeOptions()).options()) {
            String name = option.longestName();
            if (!spec.optionsMap().containsKey(name)) {
                spec.addOption(
                        OptionSpec.builder(name)
                                .type(String.class)
                                .paramLabel(option.paramLabel())
                                .description(option.description())
                                .setter(new Refusal(nodes, name))
                                .build());
            }
        }
    }

    private record Refusal(CommandLine nodes, String name) implements ISetter {

        @Override
        public <T> @Nullable T set(@Nullable T value) {
            if (value == null) { // before the line is read
                return null;
            }
            throw new CommandLine.ParameterException(
                    nodes,
                    name
                            + ": "
                            + value
                            + " (expected: of a node that starts, which has a --role and no"
                            + " command)");
        }
    }

    private static int refused(String text, int status) {
        System.err.println("stagedpipe: " + text);
        return status;
    }
}
