package org.stagedpipe.runtime.demo;

import org.stagedpipe.client.ClientException;
import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ExitCode;
import org.stagedpipe.runtime.Folders;
import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.cluster.ClusterCommands;
import org.stagedpipe.runtime.cluster.LocalCluster;
import org.stagedpipe.runtime.cluster.StopAtExit;
import org.stagedpipe.transport.CallException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/// `demo`: plays the story on a cluster of its own, in `data/demo`.
@Command(
        name = "demo",
        description =
                "starts a cluster of real processes, streams real data, updates the plugin and"
                        + " kills a worker in mid-stream, and checks every count")
public final class DemoCommand implements Callable<Integer> {

    private final ConsoleContext context;
    private final Home home;

    @Option(names = "--keep", description = "leave the cluster up and say where it is")
    private boolean keep;

    /// For that distribution.
    public DemoCommand(ConsoleContext context, Home home) {
        this.context = context;
        this.home = home;
    }

    @Override
    public Integer call() throws IOException, CallException, InterruptedException {
        if (keep) {
            ClusterCommands.refuseTwo(home);
        }
        Path folder = ClusterCommands.demo(home);
        LocalCluster.begin(home, folder); // refuses before anything of a running one is deleted
        Folders.delete(folder);
        LocalCluster cluster = LocalCluster.begin(home, folder);
        DemoProgress progress = new DemoProgress(context.io(), context.isQuiet());
        boolean well = false;
        try (StopAtExit stop = new StopAtExit(cluster)) {
            DemoReport report = new Demo(home, cluster, progress).run();
            report.print(context.isJson() ? context.io().err() : context.io().out());
            if (context.isJson()) {
                context.printJson(Map.of("wrong", report.wrong(), "updateMs", report.updateMs()));
            }
            well = report.wrong().isEmpty();
            if (keep) {
                stop.keep();
            }
        } catch (ClientException e) {
            throw new DemoException(e.getMessage());
        } finally {
            progress.end();
        }
        if (keep) {
            context.note("the cluster runs on; stagedpipe cluster down stops it");
            if (!context.isJson()) {
                ClusterCommands.print(context, cluster.members());
            }
        } else if (well) {
            Folders.delete(folder);
        }
        return well ? ExitCode.OK : ExitCode.FAILED;
    }
}
