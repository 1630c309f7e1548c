package org.stagedpipe.itests.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// In Node, with its packages for gRPC, where npm gets them.
class NodeIT extends ExampleClient {

    private static final String IS_NEW =
            "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)";

    /// npm writes beside the example, so that is done in a copy of what it needs of the distribution.
    @Override
    List<String> prepare(Path own) throws Exception {
        Path example = Files.createDirectories(own.resolve("examples/node"));
        for (String file : List.of("package.json", "stagedpipe_client.js")) {
            Files.copy(EXAMPLES.resolve("node").resolve(file), example.resolve(file));
        }
        Files.createSymbolicLink(own.resolve("proto"), PROTO);
        boolean isReady =
                runs(example, List.of("node", "-e", IS_NEW))
                        && runs(
                                example,
                                List.of(
                                        "npm",
                                        "install",
                                        "--fetch-retries=0",
                                        "--fetch-timeout=20000",
                                        "--no-audit",
                                        "--no-fund",
                                        "--no-package-lock"));
        return isReady
                ? List.of("node", example.resolve("stagedpipe_client.js").toString())
                : List.of();
    }

    @Override
    Map<String, String> environment() {
        return Map.of();
    }
}
