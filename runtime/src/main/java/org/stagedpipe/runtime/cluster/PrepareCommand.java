package org.stagedpipe.runtime.cluster;

import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.runtime.Folders;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// `prepare`: starts a node of each role and runs a command once, and keeps the classes that they loaded, as the JDK has them in memory.
///
/// The JDK's name for the files is dynamic archives of class data sharing (JEP 350). They hold bundles' classes too, each for the
/// bytes that it had; the JDK takes no notice of a file that another JDK made, or that was made for other jars on the class path.
@Command(
        name = "prepare",
        description =
                "makes archives of classes, with which nodes and commands start with less work")
public final class PrepareCommand implements Callable<Integer> {

    /// Tells `bin/stagedpipe` in which folder a process leaves its archive when it ends.
    private static final String FOLDER = "STAGEDPIPE_ARCHIVE_TO";

    private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(120);
    private static final List<String> ARCHIVES =
            List.of("overseer", "coordinator", "worker", "command");

    private final ConsoleContext context;
    private final Home home;

    /// For that distribution.
    public PrepareCommand(ConsoleContext context, Home home) {
        this.context = context;
        this.home = home;
    }

    @Override
    public Integer call() throws IOException, CallException, InterruptedException {
        Files.createDirectories(home.archives());
        Path folder = Files.createTempDirectory(home.archives(), "making");
        try {
            LocalCluster cluster =
                    LocalCluster.begin(
                            home, folder, Map.of(FOLDER, folder.toString()), WRITTEN_WITHIN);
            try (StopAtExit stop = new StopAtExit(cluster)) {
                Member overseer = Startup.of(cluster, 1, 1).run(context::note);
                command(folder, "node", "list", "--overseer", overseer.address());
            }
            for (String name : ARCHIVES) {
                keep(folder.resolve(name + ".jsa"));
            }
        } finally {
            Folders.delete(folder);
        }
        return ExitCode.OK;
    }

    /// Runs one command, as an operator would.
    private void command(Path folder, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(home.distribution().resolve("bin/stagedpipe").toString());
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put(FOLDER, folder.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeIf(name -> name.startsWith("STAGEDPIPE_TLS_"));
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("command.out").toFile());
        Process process = builder.start();
        try {
            if (!process.waitFor(WRITTEN_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                throw new ClusterException(String.join(" ", words) + " does not end");
            }
        } finally {
            process.destroyForcibly()
                    .onExit()
                    .join(); // it writes into a folder that is deleted next
        }
        if (process.exitValue() != 0) {
            throw new ClusterException(Files.readString(folder.resolve("command.out")).strip());
        }
    }

    private void keep(Path made) throws IOException {
        if (!Files.exists(made)) {
            throw new ClusterException(
                    made.getFileName()
                            + " was not written: its process had "
                            + WRITTEN_WITHIN.toSeconds()
                            + " s, or ended without it");
        }
        Path archive = home.archives().resolve(made.getFileName());
        Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
        context.note(archive + ", " + Files.size(archive) / (1 << 20) + " MiB");
    }
}
