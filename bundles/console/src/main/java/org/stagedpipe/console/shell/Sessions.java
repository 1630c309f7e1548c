package org.stagedpipe.console.shell;

import org.apache.sshd.server.command.Command;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The shells and commands that run, at most so many. Safe for use by many threads.
final class Sessions implements AutoCloseable {

    private static final Duration END = Duration.ofSeconds(5);

    private final Shells shells;
    private final int max;
    private final Set<SshSession> running = new HashSet<>();
    private boolean isClosed;
    private long started;

    Sessions(Shells shells, int max) {
        this.shells = shells;
        this.max = max;
    }

    /// For a connection that asks for a shell.
    Command shell() {
        return new SshSession(this, shells, null);
    }

    /// For a connection that asks for one command.
    Command line(String line) {
        return new SshSession(this, shells, line);
    }

    /// Lets a session in.
    ///
    /// @return its number, from 1; 0 if there are too many or the console is closing
    synchronized long enter(SshSession session) {
        if (isClosed || running.size() >= max) {
            return 0;
        }
        running.add(session);
        return ++started;
    }

    synchronized void leave(SshSession session) {
        running.remove(session);
    }

    /// How many run at most.
    int max() {
        return max;
    }

    /// Ends all of them; waits for their threads, at most 5 s.
    @Override
    public void close() {
        List<SshSession> last;
        synchronized (this) {
            isClosed = true;
            last = List.copyOf(running);
        }
        last.forEach(SshSession::end);
        long end = System.nanoTime() + END.toNanos();
        for (SshSession session : last) {
            session.await(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
    }
}
