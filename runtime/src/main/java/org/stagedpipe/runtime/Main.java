package org.stagedpipe.runtime;

import org.stagedpipe.console.Stagedpipe;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.SignBundle;
import org.stagedpipe.runtime.cluster.ClusterCommands;
import org.stagedpipe.runtime.cluster.PrepareCommand;
import org.stagedpipe.runtime.demo.DemoCommand;
import org.stagedpipe.runtime.node.NodeCommand;
import org.stagedpipe.runtime.plugin.PluginNewCommand;
import org.stagedpipe.runtime.run.ReplayCommand;
import org.stagedpipe.runtime.run.RunCommand;

/// The main class of the command line: all of `stagedpipe` but the nodes themselves.
public final class Main {

    private Main() {}

    /// Runs one command and ends the process with its exit code.
    public static void main(String[] arguments) {
        System.exit(run(Home.ofThisProcess(), arguments));
    }

    private static int run(Home home, String... arguments) {
        Stagedpipe stagedpipe = Stagedpipe.create(ConsoleIo.system(), new LocalDefaults(home));
        NodeCommand.show(stagedpipe.group("node"));
        stagedpipe.group("plugin").addSubcommand(new PluginNewCommand(stagedpipe.context(), home));
        stagedpipe.group("plugin").addSubcommand(new SignBundle(stagedpipe.context()));
        stagedpipe.group("library").addSubcommand(new SignBundle(stagedpipe.context()));
        stagedpipe.group("group").addSubcommand(new ReplayCommand(stagedpipe.context()));
        stagedpipe
                .commandLine()
                .addSubcommand(new RunCommand(stagedpipe.context()))
                .addSubcommand(ClusterCommands.create(stagedpipe.context(), home))
                .addSubcommand(new PrepareCommand(stagedpipe.context(), home))
                .addSubcommand(new DemoCommand(stagedpipe.context(), home));
        return stagedpipe.run(arguments);
    }
}
