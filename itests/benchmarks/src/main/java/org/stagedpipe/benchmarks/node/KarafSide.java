package org.stagedpipe.benchmarks.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Apache Karaf as it is downloaded, in `target/karaf`, where `itests/bench node` puts it; its own script refuses to run on this
/// JDK, so its main class is started with the script's options less the one that the JDK does not know any more. It is there when
/// its ssh port answers.
final class KarafSide {

    private static final Path FOLDER = Path.of("target", "karaf").toAbsolutePath();

    private KarafSide() {}

    static boolean isThere() {
        return Files.isDirectory(FOLDER);
    }

    /// @param data a folder that is not there yet
    static Start start(Path data) throws IOException, InterruptedException {
        Path home;
        try (Stream<Path> files = Files.list(FOLDER)) {
            home = files.filter(Files::isDirectory).findFirst().orElseThrow();
        }
        int port = freePort();
        Files.createDirectories(data.resolve("tmp"));
        configure(home.resolve("etc"), data.resolve("etc"), port);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options(home));
        for (String property : List.of("home", "base")) {
            command.add("-Dkaraf." + property + "=" + home);
        }
        command.addAll(
                List.of(
                        "-Dkaraf.instances=" + data.resolve("instances"),
                        "-Dkaraf.data=" + data,
                        "-Dkaraf.etc=" + data.resolve("etc"),
                        "-Dkaraf.log=" + data.resolve("log"),
                        "-Djava.io.tmpdir=" + data.resolve("tmp"),
                        "-Dkaraf.startLocalConsole=false",
                        "-cp",
                        classPath(home),
                        "org.apache.karaf.main.Main",
                        "server"));
        return Start.of(command, Map.of(), () -> answers(port));
    }

    /// Its configuration, with that port for ssh.
    private static void configure(Path from, Path to, int port) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        Path shell = to.resolve("org.apache.karaf.shell.cfg");
        Files.writeString(
                shell,
                Files.readString(shell).replaceAll("(?m)^sshPort = .*$", "sshPort = " + port));
    }

    private static List<String> options(Path home) throws IOException {
        List<String> options = new ArrayList<>(List.of("-Xmx512m"));
        Path endorsed = home.resolve("lib/endorsed");
        options.addAll(
                List.of(
                        "--add-reads=java.xml=java.logging",
                        "--add-exports=java.base/org.apache.karaf.specs.locator=java.xml,ALL-UNNAMED",
                        "--patch-module=java.base="
                                + jar(endorsed, "org.apache.karaf.specs.locator-"),
                        "--patch-module=java.xml="
                                + jar(endorsed, "org.apache.karaf.specs.java.xml-")));
        for (String opened :
                List.of(
                        "java.base/java.security",
                        "java.base/java.net",
                        "java.base/java.lang",
                        "java.base/java.util",
                        "java.naming/javax.naming.spi",
                        "java.rmi/sun.rmi.transport.tcp")) {
            options.add("--add-opens=" + opened + "=ALL-UNNAMED");
        }
        return options;
    }

    private static Path jar(Path folder, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no " + prefix + "*.jar in " + folder));
        }
    }

    private static String classPath(Path home) throws IOException {
        List<Path> jars = new ArrayList<>();
        for (String folder : List.of("lib/boot", "lib/jdk9plus")) {
            if (Files.isDirectory(home.resolve(folder))) {
                try (Stream<Path> files = Files.list(home.resolve(folder))) {
                    files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
                }
            }
        }
        return jars.stream().map(Path::toString).sorted().collect(Collectors.joining(":"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 100);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
