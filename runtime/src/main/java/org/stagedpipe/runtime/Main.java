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

import java.util.logging.Level;
import java.util.logging.Logger;

/// The main class of the command line: all of `stagedpipe` but the nodes themselves.
public final class Main {

    /// What goes wrong on the way to the cluster, commands say in a line of their own. Held, or the setting is collected with
    /// the logger.
    private static final Logger GRPC = Logger.getLogger("io.grpc");

    private Main() {}

    /// Runs one command and ends the process with its exit code.
    public static void main(String[] arguments) {
        GRPC.setLevel(Level.SEVERE);
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
