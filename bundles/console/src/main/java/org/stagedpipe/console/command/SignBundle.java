package org.stagedpipe.console.command;

import org.stagedpipe.cluster.signature.Statement;
import org.stagedpipe.console.admin.SignatureFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/// `plugin sign` and `library sign`: the same, on the command line only, because no node has a key. Asks no overseer.
@Command(
        name = "sign",
        description =
                "signs bundles with an operator's key, each in a file beside it, JAR.sig; it is"
                        + " published with the bundle, and workers that trust the key install it")
public final class SignBundle implements Callable<Integer> {

    private final ConsoleContext context;

    @Parameters(paramLabel = Labels.JAR, arity = "1..*", description = "the bundles")
    private List<Path> jars = List.of();

    @Option(
            names = "--key",
            paramLabel = "FILE",
            required = true,
            description = "the private key: Ed25519, PEM (PKCS 8), without a password")
    private Path key = Path.of("");

    /// @param context what commands share
    public SignBundle(ConsoleContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        try {
            for (Path jar : jars) {
                Statement signed = SignatureFile.sign(jar, key);
                Path file = SignatureFile.of(jar);
                if (context.isJson()) {
                    context.printJson(new Signed(file.toString(), signed));
                } else {
                    context.print(file + " signs " + signed + ", a " + signed.kind() + "\n");
                }
            }
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /// As programs read it.
    private record Signed(String file, Statement signs) {}
}
