package org.stagedpipe.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.stagedpipe.benchmarks.Figure;
import org.stagedpipe.benchmarks.Folders;
import org.stagedpipe.benchmarks.Goal;
import org.stagedpipe.benchmarks.Median;
import org.stagedpipe.benchmarks.Report;
import org.stagedpipe.benchmarks.Suite;
import org.stagedpipe.benchmarks.karaf.Karaf;
import org.stagedpipe.features.LoggingPackages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The start of each role of the distribution until it serves, beside a bare Felix that starts the same bundles of others (gRPC
/// among them), and beside Apache Karaf until its ssh port takes connections; with an AOT cache, which the build has left for ours, and without.
public final class NodeSuite implements Suite {

    private static final List<String> ROLES = List.of("worker", "coordinator", "overseer");
    private static final Pattern SERVES = Pattern.compile("\\w+ \\S+ on \\S+:\\d+.*");
    private static final Pattern STARTED = Pattern.compile(Pattern.quote(BareFelix.READY));
    private static final String OURS = "org.stagedpipe.";
    private static final double MOST_CPU = 1.2;

    @Override
    public String name() {
        return "node";
    }

    @Override
    public void run(Report report) throws Exception {
        Path folder = Folders.create();
        try {
            for (String role : ROLES) {
                if (report.wants(role)) {
                    Path plain = withoutCaches(folder, distribution());
                    new Rounds(report, plain, folder, role, false).run();
                    new Rounds(report, distribution(), folder, role, true).run();
                }
            }
        } finally {
            Folders.delete(folder);
        }
    }

    private static Path distribution() throws IOException {
        Path target = Path.of("..", "..", "runtime", "target").toAbsolutePath().normalize();
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> Files.isExecutable(file.resolve("bin/stagedpipe")))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no distribution in " + target));
        }
    }

    /// The same, but for what `prepare` left.
    private static Path withoutCaches(Path folder, Path distribution) throws IOException {
        Path plain = folder.resolve("plain");
        if (Files.exists(plain)) {
            return plain;
        }
        Path script = Files.createDirectories(plain.resolve("bin")).resolve("stagedpipe");
        Files.copy(
                distribution.resolve("bin/stagedpipe"), script, StandardCopyOption.COPY_ATTRIBUTES);
        for (String name : List.of("conf", "features", "lib")) {
            Files.createSymbolicLink(plain.resolve(name), distribution.resolve(name));
        }
        return plain;
    }

    /// One role, all rounds of both sides and of Karaf.
    private record Rounds(Report report, Path home, Path folder, String role, boolean cached) {

        void run() throws Exception {
            String what = role + (cached ? ", AOT cache" : "");
            report.progress(what);
            if (cached) {
                Path made = home.resolve("caches/" + role + ".aot");
                if (!Files.exists(made)) {
                    throw new IOException(made + " is missing (expected: what the build makes)");
                }
                bare("-XX:AOTCacheOutput=" + cache());
                if (!Files.exists(cache())) {
                    throw new IOException(cache() + " is missing (expected: what Felix makes)");
                }
            }
            Sums ours = new Sums();
            Sums bare = new Sums();
            Sums karaf = new Sums();
            boolean beside = !cached && Karaf.isThere();
            for (int i = 0; i < (report.isQuick() ? 3 : 9); i++) {
                ours.add(ours());
                bare.add(cached ? bare("-XX:AOTCache=" + cache(), "-XX:AOTMode=on") : bare());
                if (beside) {
                    Karaf fresh = Karaf.in(empty("karaf"));
                    karaf.add(Start.of(fresh.command(), Map.of(), fresh::answers));
                }
            }
            add(what + ": CPU", "ms", ours.cpu, bare.cpu, Goal.atMost(MOST_CPU));
            add(what + ": time", "ms", ours.wall, bare.wall, Goal.none());
            add(what + ": resident", "MiB", ours.resident, bare.resident, Goal.none());
            if (beside) {
                add(what + ": CPU, Karaf", "ms", ours.cpu, karaf.cpu, Goal.none());
                add(what + ": time, Karaf", "ms", ours.wall, karaf.wall, Goal.none());
                add(what + ": resident, Karaf", "MiB", ours.resident, karaf.resident, Goal.none());
            }
        }

        private void add(String name, String unit, Median ours, Median other, Goal goal) {
            report.add(new Figure(name, unit, ours, other, goal));
        }

        private Path cache() {
            return folder.resolve("bare-" + role + ".aot");
        }

        private Path empty(String side) throws IOException {
            Path empty = folder.resolve(side + "-data");
            if (Files.exists(empty)) {
                Folders.delete(empty);
            }
            return empty;
        }

        private Start ours() throws Exception {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    home.resolve("bin/stagedpipe").toString(),
                                    "node",
                                    "--role",
                                    role,
                                    "--name",
                                    "n1",
                                    "--port",
                                    "0",
                                    "--data",
                                    empty("ours").toString()));
            if (!role.equals("overseer")) {
                command.addAll(List.of("--overseer", "127.0.0.1:1")); // there is none
            }
            return Start.of(command, Map.of("STAGEDPIPE_JAVA_OPTS", ""), SERVES);
        }

        private Start bare(String... options) throws Exception {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    role.equals("worker") ? "-Xmx512m" : "-Xmx256m"));
            command.addAll(List.of(options));
            command.addAll(
                    List.of(
                            "-cp",
                            classPath(),
                            BareFelix.class.getName(),
                            empty("bare").toString(),
                            LoggingPackages.exported()));
            command.addAll(bundles());
            return Start.of(command, Map.of(), STARTED);
        }

        /// Felix, what logs as in a node, and a jar of one class: a cache takes no folders.
        private String classPath() throws IOException {
            return String.join(
                    ":",
                    library("org.apache.felix.framework-"),
                    library("slf4j-api-"),
                    library("logback-core-"),
                    library("logback-classic-"),
                    BareJar.in(folder, BareFelix.class).toString());
        }

        private String library(String prefix) throws IOException {
            try (Stream<Path> files = Files.list(home.resolve("lib"))) {
                return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                        .findFirst()
                        .orElseThrow(() -> new IOException("no " + prefix + "*.jar in " + home))
                        .toString();
            }
        }

        private List<String> bundles() throws IOException {
            JsonNode feature =
                    new ObjectMapper()
                            .readTree(home.resolve("features/" + role + ".json").toFile());
            List<String> files = new ArrayList<>();
            for (JsonNode bundle : feature.get("bundles")) {
                String[] id = bundle.get("id").asText().split(":", -1);
                if (!id[1].startsWith(OURS) || id[1].equals(OURS + "grpc")) {
                    files.add(home.resolve("lib/" + id[1] + "-" + id[2] + ".jar").toString());
                }
            }
            return files;
        }
    }

    private static final class Sums {
        private final Median cpu = new Median();
        private final Median wall = new Median();
        private final Median resident = new Median();

        void add(Start start) {
            cpu.add(start.cpuMs());
            wall.add(start.wallMs());
            resident.add(start.residentMib());
        }
    }
}
