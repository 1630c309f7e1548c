package org.stagedpipe.console.command;

import org.stagedpipe.cluster.signature.Statement;
import org.stagedpipe.console.admin.SignatureFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Files;
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
    public Integer call() throws InterruptedException, SeveralException {
        if (!Files.isReadable(key)) {
            throw new UsageException("--key: " + key + " (expected: a readable file)");
        }
        new EachJar<>(
                        context,
                        jar ->
                                new Signed(
                                        SignatureFile.of(jar).toString(),
                                        SignatureFile.sign(jar, key)),
                        done ->
                                done.file()
                                        + " signs "
                                        + done.signs()
                                        + ", a "
                                        + done.signs().kind())
                .of(jars);
        return ExitCode.OK;
    }

    /// As programs read it.
    private record Signed(String file, Statement signs) {}
}
