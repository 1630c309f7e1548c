package org.stagedpipe.benchmarks.karaf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Apache Karaf as it is downloaded, in `target/karaf`, where `itests/bench` puts it; its own script refuses to run on this
/// JDK, so its main class is started with the script's options less the one that the JDK does not know any more.
///
/// @param command starts it
/// @param sshPort where its shell answers
public record Karaf(List<String> command, int sshPort) {

    private static final Path FOLDER = Path.of("target", "karaf").toAbsolutePath();

    /// Whether it was downloaded.
    public static boolean isThere() {
        return Files.isDirectory(FOLDER);
    }

    /// One that has never run. It installs bundles that are put into `deploy` of its folder.
    ///
    /// @param data a folder that is not there yet
    /// @param properties of its JVM, `name=value`
    public static Karaf in(Path data, String... properties) throws IOException {
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
        for (String property : properties) {
            command.add("-D" + property);
        }
        command.addAll(
                List.of(
                        "-Dkaraf.instances=" + data.resolve("instances"),
                        "-Dkaraf.data=" + data,
                        "-Dkaraf.etc=" + data.resolve("etc"),
                        "-Dkaraf.log=" + data.resolve("log"),
                        "-Djava.io.tmpdir=" + data.resolve("tmp"),
                        "-Dkaraf.startLocalConsole=false",
                        "-Dkaraf.startRemoteShell=true",
                        "-cp",
                        classPath(home),
                        "org.apache.karaf.main.Main",
                        "server"));
        return new Karaf(List.copyOf(command), port);
    }

    /// Whether it is there: its ssh port takes connections.
    public boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", sshPort), 100);
            return true;
        } catch (IOException e) {
            return false;
        }
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
        Path deploy = Files.createDirectories(to.resolveSibling("deploy"));
        Path install = to.resolve("org.apache.felix.fileinstall-deploy.cfg");
        Files.writeString(
                install,
                Files.readString(install)
                        .replaceAll(
                                "(?m)^felix.fileinstall.dir .*$",
                                "felix.fileinstall.dir = " + deploy));
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
}
