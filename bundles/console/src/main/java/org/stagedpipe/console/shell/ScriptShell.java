package org.stagedpipe.console.shell;

import org.stagedpipe.console.command.ExitCode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/// Runs lines until one fails or there are no more.
record ScriptShell(GogoSession session, InputStream in) implements Shell {

    /// @return the exit code of the line that failed
    @Override
    public int run() throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        int exitCode = ExitCode.OK;
        // It reads no further than it runs: whoever writes may wait for the end.
        while (exitCode == ExitCode.OK) {
            String line = lines.readLine();
            if (line == null || InteractiveShell.isLast(line)) {
                break;
            }
            exitCode = session.run(line);
        }
        return exitCode;
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
