package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// In Python, with its packages for gRPC: those that are installed, or where pip gets them.
class PythonIT extends ExampleClient {

    private Path generated = Path.of("");

    @Override
    List<String> prepare(Path own) throws Exception {
        generated = own;
        for (String python : List.of("python3", "/usr/bin/python3")) {
            if (hasGrpc(own, python)) {
                return example(own, python);
            }
        }
        String python = own.resolve("venv/bin/python").toString();
        boolean isReady =
                runs(own, List.of("python3", "-m", "venv", "venv"))
                        && runs(
                                own,
                                List.of(
                                        python,
                                        "-m",
                                        "pip",
                                        "install",
                                        "--quiet",
                                        "--disable-pip-version-check",
                                        "--timeout=20",
                                        "--retries=0",
                                        "--only-binary=:all:",
                                        "grpcio",
                                        "grpcio-tools"));
        return isReady ? example(own, python) : List.of();
    }

    private static List<String> example(Path own, String python) throws Exception {
        generate(own, python);
        return List.of(python, EXAMPLES.resolve("python/stagedpipe_client.py").toString());
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
        return runs(own, List.of(python, "-c", "import grpc, grpc_tools.protoc"));
    }

    @Override
    Map<String, String> environment() {
        return Map.of("PYTHONPATH", generated.toString());
    }
}
