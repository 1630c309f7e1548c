package org.stagedpipe.console.shell;

import org.stagedpipe.console.command.ExitCode;

/// Runs one line.
record LineShell(GogoSession session, String line) implements Shell {

    @Override
    public int run() {
        return InteractiveShell.isLast(line) ? ExitCode.OK : session.run(line);
    }

    @Override
    public void operator(String name) {
        session.operator(name);
    }

    @Override
    public void close() {
        session.close();
    }
}
