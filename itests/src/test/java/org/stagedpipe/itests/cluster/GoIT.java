package org.stagedpipe.itests.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// In Go, with its packages for gRPC: Debian's, or where Go gets them.
class GoIT extends ExampleClient {

    private static final Path SOURCE = EXAMPLES.resolve("go/stagedpipe_client.go");
    private static final String FOLDER = "stagedpipe/v1";
    private static final List<String> FILES =
            List.of(
                    FOLDER + "/common.proto",
                    FOLDER + "/overseer.proto",
                    FOLDER + "/coordinator.proto");
    private static final String PACKAGES =
            String.join(",", FILES.stream().map(file -> "M" + file + "=" + FOLDER).toList());
    private static final Path DEBIAN = Path.of("/usr/share/gocode");

    @Override
    List<String> prepare(Path own) throws Exception {
        if (!runs(own, List.of("go", "version")) || !runs(own, List.of("protoc", "--version"))) {
            return List.of();
        }
        boolean isReady =
                Files.isDirectory(DEBIAN.resolve("src/google.golang.org/grpc"))
                        ? builds(own)
                        : buildsOfModules(own);
        return isReady ? List.of(own.resolve("client").toString()) : List.of();
    }

    private static boolean builds(Path own) throws Exception {
        Path generated = Files.createDirectories(own.resolve("src"));
        if (!runs(own, protoc("--go_out=plugins=grpc," + PACKAGES + ":" + generated))) {
            return false; // of another version
        }
        Command built =
                Command.run(
                        own,
                        Map.of("GO111MODULE", "off", "GOPATH", own + ":" + DEBIAN),
                        List.of("go", "build", "-o", "client", SOURCE.toString()));
        assertEquals(0, built.status(), built.output());
        return true;
    }

    private static boolean buildsOfModules(Path own) throws Exception {
        Files.copy(SOURCE, own.resolve("stagedpipe_client.go"));
        String options = "_out=module=stagedpipe," + PACKAGES + ":.";
        boolean isReady =
                runs(own, protoc("--go" + options, "--go-grpc" + options))
                        && runs(own, List.of("go", "mod", "init", "stagedpipe"))
                        && runs(own, List.of("go", "mod", "tidy"));
        if (!isReady) {
            return false;
        }
        Command built = Command.run(own, Map.of(), List.of("go", "build", "-o", "client", "."));
        assertEquals(0, built.status(), built.output());
        return true;
    }

    private static List<String> protoc(String... options) {
        List<String> command = new ArrayList<>(List.of("protoc", "-I", PROTO.toString()));
        command.addAll(List.of(options));
        FILES.forEach(file -> command.add(PROTO.resolve(file).toString()));
        return command;
    }

    @Override
    Map<String, String> environment() {
        return Map.of();
    }
}
