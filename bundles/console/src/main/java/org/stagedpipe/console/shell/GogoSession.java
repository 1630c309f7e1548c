package org.stagedpipe.console.shell;

import org.apache.felix.gogo.runtime.EOFError;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Result;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.console.command.UsageException;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Set;
import java.util.concurrent.CancellationException;

/// A session of Gogo that runs lines of the shell's [Grammar] and tells how each ended. [#run] for one thread, [#interrupt]
/// for any.
final class GogoSession implements AutoCloseable {

    /// The session's variable with the terminal; without it nobody sees colours.
    static final String TERMINAL = ".terminal";

    private static final String OPERATOR = ".operator";
    private static final String VARIABLES = ".variables";

    private final CommandProcessor gogo;
    private final Grammar grammar;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private volatile CommandSession session;
    // The one before that, if its command was interrupted: it may still say its last words.
    private volatile @Nullable CommandSession interrupted;
    private volatile @Nullable Result last;

    GogoSession(
            CommandProcessor gogo,
            Grammar grammar,
            InputStream in,
            PrintStream out,
            PrintStream err) {
        this.gogo = gogo;
        this.grammar = grammar;
        this.in = KeptOpen.of(in);
        this.out = KeptOpen.of(out);
        this.err = out == err ? this.out : KeptOpen.of(err);
        session = open();
        session.put("SCOPE", "stagedpipe:*"); // our help before that of others
    }

    /// Its commands write to that terminal.
    void terminal(Terminal terminal) {
        session.put(TERMINAL, terminal);
    }

    /// Its commands run for that operator.
    void operator(String name) {
        session.put(OPERATOR, name);
    }

    /// For whom a session's commands run; empty if nobody said so.
    static String operator(CommandSession session) {
        return session.get(OPERATOR) instanceof String name ? name : "";
    }

    /// Runs one line, waits for its end, and says on the error stream what went wrong.
    ///
    /// @return the exit code
    int run(CharSequence line) {
        closeInterrupted();
        int exitCode = execute(line);
        if (exitCode == ExitCode.INTERRUPTED) {
            renew();
        }
        return exitCode;
    }

    private int execute(CharSequence line) {
        last = null;
        try {
            session.execute(grammar.parse(line));
            Result result = last;
            return result == null ? ExitCode.OK : result.error();
        } catch (UsageException e) {
            say("%s", e.getMessage());
            return ExitCode.USAGE;
        } catch (EOFError e) {
            say("the line is not complete: %s", e.getMessage());
            return ExitCode.USAGE;
        } catch (InterruptedException | CancellationException e) {
            say("interrupted");
            return ExitCode.INTERRUPTED;
        } catch (Exception e) {
            say("%s", e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
            return ExitCode.FAILED;
        }
    }

    /// Ends what runs.
    void interrupt() {
        Job job = session.foregroundJob();
        if (job != null) {
            job.interrupt();
        }
    }

    /// Ends what runs and closes.
    @Override
    public void close() {
        interrupt();
        closeInterrupted();
        session.close();
    }

    private void closeInterrupted() {
        CommandSession before = interrupted;
        if (before != null) {
            interrupted = null;
            before.close();
        }
    }

    private CommandSession open() {
        CommandSession opened = gogo.createSession(in, out, err);
        opened.currentDir(null); // or a * would find the files of this machine
        opened.setJobListener((job, before, now) -> {
            if (now == Job.Status.Done && job.parent() == null) {
                last = job.result();
            }
        });
        return opened;
    }

    /// A thread that writes while it is interrupted closes the channel that all commands of its session write to: they
    /// go on in a new one, with the same variables. The one before is closed with the next line: that interrupts its threads
    /// again.
    private void renew() {
        CommandSession before = session;
        CommandSession opened = open();
        for (Object name : (Set<?>) before.get(VARIABLES)) {
            opened.put(name.toString(), before.get(name.toString()));
        }
        session = opened;
        interrupted = before;
    }

    private void say(String format, @Nullable Object... values) {
        err.println("stagedpipe: " + String.format(format, values));
        err.flush();
    }
}
