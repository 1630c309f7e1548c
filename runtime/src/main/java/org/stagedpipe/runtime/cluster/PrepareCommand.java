package org.stagedpipe.runtime.cluster;

import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.runtime.Folders;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.node.NodeLock;
import org.stagedpipe.runtime.training.Training;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/// `prepare`: starts a node of each role, passes items through them, and runs a command once; keeps the classes that they loaded and linked, as the
/// JDK has them in memory, and what it learned of their methods.
///
/// The files are the JDK's AOT caches (JEP 483, 514, 515). They hold the bundles of the distribution too, whose classes are on the class path; the
/// JDK that made them takes no notice of one for other jars, and starts without any then, also without its own.
@Command(
        name = "prepare",
        description = "makes caches of classes, with which nodes and commands start with less work")
public final class PrepareCommand implements Callable<Integer> {

    /// Tells `bin/stagedpipe` in which folder a process leaves its cache when it ends.
    private static final String FOLDER = "STAGEDPIPE_CACHE_TO";

    /// The file by which `bin/stagedpipe` knows the JDK again.
    private static final String JDK = "release";

    /// How the names of folders begin in which one prepares.
    private static final String MAKING = "making";

    private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(120);
    private static final List<String> CACHES =
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
        Files.createDirectories(home.caches());
        try (NodeLock lock = NodeLock.take(home.caches())) {
            if (lock == null) {
                throw new ClusterException(
                        home.caches() + " is used by another prepare (expected: by none)");
            }
            deleteUnfinished();
            make();
        }
        return ExitCode.OK;
    }

    /// What one left that was interrupted: its folder, and its nodes if it was killed.
    private void deleteUnfinished() throws IOException, InterruptedException {
        try (DirectoryStream<Path> folders =
                Files.newDirectoryStream(home.caches(), MAKING + "*")) {
            for (Path folder : folders) {
                LocalCluster.found(home, folder).stop();
                Folders.delete(folder);
            }
        }
    }

    private void make() throws IOException, CallException, InterruptedException {
        Path folder = Files.createTempDirectory(home.caches(), MAKING);
        try {
            LocalCluster cluster =
                    LocalCluster.begin(
                            home, folder, Map.of(FOLDER, folder.toString()), WRITTEN_WITHIN);
            try (StopAtExit stop = new StopAtExit(cluster)) {
                Member overseer = Startup.of(cluster, 1, 1).run(context::note);
                context.note(
                        "items for some seconds: what is busy then is compiled early in later"
                                + " nodes");
                new Training(overseer.address()).run(folder);
                command(folder, "node", "list", "--overseer", overseer.address());
            }
            for (String name : CACHES) {
                keep(folder.resolve(name + ".aot"));
            }
            Files.copy(
                    Path.of(System.getProperty("java.home"), JDK),
                    home.caches().resolve(JDK),
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Folders.delete(folder);
        }
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
            // it, and the process with which the JDK makes the cache, write into a folder that is
            // deleted next
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
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
        Path cache = home.caches().resolve(made.getFileName());
        Files.move(made, cache, StandardCopyOption.ATOMIC_MOVE);
        context.note(cache + ", " + Files.size(cache) / (1 << 20) + " MiB");
    }
}
