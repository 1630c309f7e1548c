package org.stagedpipe.console.shell;

import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.Signal;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ExitCode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// One channel of an ssh connection: a shell or a command, on a thread of its own, `console-<number>`.
final class SshSession implements Command {

    private static final Set<String> SIZE = Set.of(Environment.ENV_COLUMNS, Environment.ENV_LINES);

    private final Sessions sessions;
    private final Shells shells;
    private final @Nullable String line;
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private OutputStream err = OutputStream.nullOutputStream();
    private ExitCallback exit = (code, text, closeImmediately) -> {};
    private @Nullable Shell shell;
    private @Nullable Thread thread;
    private boolean isEnded;

    /// @param line null for a shell
    SshSession(Sessions sessions, Shells shells, @Nullable String line) {
        this.sessions = sessions;
        this.shells = shells;
        this.line = line;
    }

    @Override
    public void setInputStream(InputStream in) {
        this.in = in;
    }

    @Override
    public void setOutputStream(OutputStream out) {
        this.out = out;
    }

    @Override
    public void setErrorStream(OutputStream err) {
        this.err = err;
    }

    @Override
    public void setExitCallback(ExitCallback exit) {
        this.exit = exit;
    }

    @Override
    public synchronized void start(ChannelSession channel, Environment environment)
            throws IOException {
        long number = sessions.enter(this);
        if (number == 0) {
            print(err)
                    .println(
                            "stagedpipe: no more sessions (expected: at most "
                                    + sessions.max()
                                    + " at once)");
            exit.onExit(ExitCode.FAILED);
            return;
        }
        Shell open = open(environment);
        open.operator(KeyOwners.ownerOf(channel));
        shell = open;
        thread = Thread.ofPlatform().name("console-" + number).daemon().start(() -> run(open));
    }

    @Override
    public void destroy(ChannelSession channel) {
        end();
    }

    /// Ends what runs; its thread then leaves.
    synchronized void end() {
        if (shell != null && !isEnded) {
            isEnded = true;
            shell.close();
        }
    }

    /// Waits for the end of the thread.
    void await(Duration timeout) {
        Thread runs;
        synchronized (this) {
            runs = thread;
        }
        try {
            if (runs != null && !runs.join(timeout)) {
                runs.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Shell open) {
        int exitCode = ExitCode.FAILED;
        try {
            exitCode = open.run();
        } catch (IOException | RuntimeException e) {
            print(err).println("stagedpipe: the session ends: " + e.getMessage());
        } finally {
            sessions.leave(this);
            exit.onExit(exitCode);
            end();
        }
    }

    private Shell open(Environment environment) throws IOException {
        Map<String, String> variables = environment.getEnv();
        String type = variables.get(Environment.ENV_TERM);
        // Clients set the first one also where they have no terminal.
        if (type == null || !variables.keySet().containsAll(SIZE)) {
            return line == null
                    ? shells.script(in, print(out), print(err))
                    : shells.line(line, in, print(out), print(err), null);
        }
        Terminal terminal =
                new ExternalTerminal(
                        null,
                        "console",
                        type,
                        in,
                        out,
                        StandardCharsets.UTF_8,
                        Terminal.SignalHandler.SIG_DFL,
                        false);
        terminal.setSize(size(environment));
        environment.addSignalListener(
                (channel, signal) -> {
                    terminal.setSize(size(environment));
                    terminal.raise(Terminal.Signal.WINCH);
                },
                Signal.WINCH);
        return line == null
                ? shells.interactive(terminal)
                : shells.line(line, in, print(out), print(err), terminal);
    }

    private static Size size(Environment environment) {
        return new Size(
                number(environment, Environment.ENV_COLUMNS, 80),
                number(environment, Environment.ENV_LINES, 24));
    }

    private static int number(Environment environment, String name, int otherwise) {
        String text = environment.getEnv().getOrDefault(name, "");
        int number = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        return number > 0 ? number : otherwise;
    }

    private static PrintStream print(OutputStream out) {
        return new PrintStream(out, true, StandardCharsets.UTF_8);
    }
}
