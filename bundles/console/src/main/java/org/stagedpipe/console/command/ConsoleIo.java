package org.stagedpipe.console.command;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where a command reads and writes. Owned by whoever made the streams; commands flush and never close them.
///
/// @param in what a person or a script types
/// @param out data
/// @param err progress and errors
/// @param isOutTerminal whether a person reads `out`, so that it may have colours
/// @param isErrTerminal whether a person reads `err`, so that a progress bar may move
public record ConsoleIo(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean isOutTerminal,
        boolean isErrTerminal) {

    /// Of this process.
    public static ConsoleIo system() {
        Console console = System.console();
        boolean isTerminal = console != null && console.isTerminal();
        return new ConsoleIo(
                System.in,
                new StandardOutput(new FileOutputStream(FileDescriptor.out), System.out.charset()),
                System.err,
                isTerminal(descriptor(1), isTerminal),
                isTerminal(descriptor(2), isTerminal));
    }

    /// Plain streams without a terminal.
    public static ConsoleIo plain(InputStream in, PrintStream out, PrintStream err) {
        return new ConsoleIo(in, out, err, false, false);
    }

    /// Whether data is lost that somebody still waited for. Of the process only: a shell's streams close with its line.
    public boolean isOutLost() {
        return out instanceof StandardOutput standard && standard.isLost();
    }

    /// Whether who read data went away, so that no more is wanted.
    public boolean hasOutEnough() {
        return out instanceof StandardOutput standard && standard.hasEnough();
    }

    private static Path descriptor(int number) {
        return Path.of("/proc/self/fd/" + number);
    }

    /// Java knows only of standard input and output together; Linux says it for each.
    ///
    /// @param otherwise what is said where there is no such link
    static boolean isTerminal(Path descriptor, boolean otherwise) {
        try {
            Path target = Files.readSymbolicLink(descriptor);
            return target.startsWith("/dev/pts")
                    || target.toString().startsWith("/dev/tty")
                    || target.equals(Path.of("/dev/console"));
        } catch (IOException | UnsupportedOperationException e) {
            return otherwise;
        }
    }
}
