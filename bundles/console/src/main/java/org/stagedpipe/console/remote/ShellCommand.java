package org.stagedpipe.console.remote;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ShellAccess;
import org.stagedpipe.console.command.UsageException;
import org.stagedpipe.console.key.Ed25519;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/// `shell`: the overseer's console, for a person, for one command, or for a script on standard input.
@Command(
        name = "shell",
        description = {
            "opens the console of an overseer by ssh, or runs one command in it",
            "",
            "Without --ssh and --data that of the local cluster. Files that commands name are files"
                    + " of the overseer's machine."
        })
public final class ShellCommand implements Callable<Integer> {

    private final ConsoleContext context;

    @Option(names = "--ssh", paramLabel = "H:P", description = "where the console serves")
    private @Nullable Endpoint ssh;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "the data folder of an overseer of this machine")
    private @Nullable Path data;

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description =
                    "the private key of one of its authorized keys (default: those in ~/.ssh)")
    private @Nullable Path identity;

    @Option(
            names = "--host-key",
            paramLabel = "SHA256:...",
            description = "the fingerprint of its key (default: known by ~/.ssh/known_hosts)")
    private @Nullable String hostKey;

    @Parameters(
            arity = "0..*",
            paramLabel = "COMMAND",
            description = "after --, say: -- plugin:list; one word is a whole line of the shell")
    private List<String> command = List.of();

    /// With what all commands share.
    public ShellCommand(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CallException, IOException, InterruptedException {
        try (RemoteShell shell = open()) {
            if (!command.isEmpty()) {
                return shell.line(Words.line(command), context.io());
            }
            Console console = System.console();
            return console != null && console.isTerminal()
                    ? shell.interactive()
                    : shell.script(context.io());
        }
    }

    private RemoteShell open() throws CallException, IOException, InterruptedException {
        Ed25519.register();
        if (ssh != null) {
            if (data != null) {
                throw new UsageException("--data: not with --ssh (expected: one of them)");
            }
            if (identity != null) {
                RemoteShell.requireKey(identity);
            }
            HostKey expected = hostKey == null ? HostKey.known(ssh) : HostKey.of(hostKey);
            return RemoteShell.open(ssh, identity, expected);
        }
        if (identity != null || hostKey != null) {
            throw new UsageException("--identity, --host-key: without --ssh (expected: --ssh H:P)");
        }
        ShellAccess access = data == null ? local() : ShellAccess.of(data);
        return RemoteShell.open(access.ssh(), access.identity(), HostKey.in(access.hostKey()));
    }

    private ShellAccess local() throws CallException {
        if (context.namesOverseers()) { // whoever names one means no other
            throw new UsageException(
                    "--overseer, STAGEDPIPE_OVERSEER: a shell is reached by ssh (expected: --ssh"
                            + " HOST:PORT, or --data DIR)");
        }
        return context.defaults()
                .shell()
                .orElseThrow(() ->
                        new CallException(
                                Kind.UNREACHABLE,
                                "no console of a local cluster (expected: one that runs, stagedpipe"
                                    + " cluster up starts it; or --ssh HOST:PORT; or --data DIR)"));
    }
}
