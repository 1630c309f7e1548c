package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// In Python, with its packages for gRPC.
class PythonIT extends ExampleClient {

    private Path generated = Path.of("");

    @Override
    List<String> prepare(Path own) throws Exception {
        generated = own;
        for (String python : List.of("python3", "/usr/bin/python3")) {
            if (hasGrpc(own, python)) {
                generate(own, python);
                String example = EXAMPLES.resolve("python/stagedpipe_client.py").toString();
                return List.of(python, example);
            }
        }
        return List.of();
    }

    private static void generate(Path own, String python) throws Exception {
        String proto = PROTO + "/stagedpipe/v1/";
        Command ran =
                Command.run(
                        own,
                        Map.of(),
                        List.of(
                                python,
                                "-m",
                                "grpc_tools.protoc",
                                "-I",
                                PROTO.toString(),
                                "--python_out=.",
                                "--grpc_python_out=.",
                                proto + "common.proto",
                                proto + "overseer.proto",
                                proto + "coordinator.proto"));
        assertEquals(0, ran.status(), ran.output());
    }

    private static boolean hasGrpc(Path own, String python) throws InterruptedException {
        try {
            String imports = "import grpc, grpc_tools.protoc";
            return Command.run(own, Map.of(), List.of(python, "-c", imports)).status() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }

    @Override
    Map<String, String> environment() {
        return Map.of("PYTHONPATH", generated.toString());
    }
}
