package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;

class FailuresTest {

    @Test
    void saysMoreThanTheFile() throws Exception {
        assertEquals("c: /x: permission denied\n", said(new AccessDeniedException("/x")));
        assertEquals("c: no\n", said(new UncheckedIOException(new IOException("no"))));
    }

    private static String said(Exception e) throws Exception {
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new Nothing()).setErr(new PrintWriter(err));
        int code = new Failures().handleExecutionException(e, command, command.getParseResult());
        assertEquals(ExitCode.FAILED, code);
        return err.toString();
    }

    @Command(name = "c")
    private static final class Nothing {}
}
