package org.stagedpipe.runtime;

import org.stagedpipe.runtime.node.NodeCommand;

/// The main class of a node's process: `stagedpipe node --role ...`.
public final class Launcher {

    private Launcher() {}

    /// Runs the node until it is stopped; see `--help`.
    public static void main(String[] arguments) {
        System.exit(NodeCommand.run(Home.ofThisProcess(), arguments));
    }
}
