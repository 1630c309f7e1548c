package org.stagedpipe.console.shell;

/// Runs one line.
record LineShell(GogoSession session, String line) implements Shell {

    @Override
    public int run() {
        return session.run(line);
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
