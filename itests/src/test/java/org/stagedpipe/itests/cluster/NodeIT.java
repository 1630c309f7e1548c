package org.stagedpipe.itests.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// In Node, with its packages for gRPC, where npm gets them.
class NodeIT extends ExampleClient {

    private static final String IS_NEW = "process.exit(+process.versions.node.split('.')[0] < 18)";

    @Override
    List<String> prepare(Path own) throws Exception {
        for (String file : List.of("package.json", "stagedpipe_client.js")) {
            Files.copy(EXAMPLES.resolve("node").resolve(file), own.resolve(file));
        }
        boolean isReady =
                runs(own, List.of("node", "-e", IS_NEW))
                        && runs(
                                own,
                                List.of(
                                        "npm",
                                        "install",
                                        "--fetch-retries=0",
                                        "--fetch-timeout=20000",
                                        "--no-audit",
                                        "--no-fund",
                                        "--no-package-lock"));
        return isReady
                ? List.of("node", own.resolve("stagedpipe_client.js").toString())
                : List.of();
    }

    private static boolean runs(Path own, List<String> command) throws InterruptedException {
        try {
            return Command.run(own, Map.of(), command).status() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }

    @Override
    Map<String, String> environment() {
        return Map.of("STAGEDPIPE_PROTO", PROTO.toString());
    }
}
