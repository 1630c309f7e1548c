package org.stagedpipe.runtime.demo;

import org.stagedpipe.runtime.Home;
import org.stagedpipe.runtime.cluster.LocalCluster;
import org.stagedpipe.runtime.cluster.Member;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// An H2 server as a process of the demo's cluster, with one database in memory that all workers load into.
final class DemoDatabase implements AutoCloseable {

    private static final String USER = "sa";
    private static final Duration READY_WITHIN = Duration.ofSeconds(30);
    private static final long LOOK_AGAIN_MS = 50;
    private static final Pattern RUNNING = Pattern.compile("running at tcp://[^:]*:([0-9]+)");

    private final String url;
    private final Connection connection;

    private DemoDatabase(String url, Connection connection) {
        this.url = url;
        this.connection = connection;
    }

    /// Starts the server; [#connect] waits for it.
    static Member start(Home home, LocalCluster cluster) throws IOException {
        Path jar;
        try (Stream<Path> files = Files.list(home.lib())) {
            jar =
                    files.filter(file -> file.getFileName().toString().matches("h2-.*\\.jar"))
                            .findFirst()
                            .orElseThrow(() -> new DemoException(home.lib() + ": has no h2-*.jar"));
        }
        return cluster.start(
                "database",
                "h2",
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dh2.bindAddress=127.0.0.1",
                        "-cp",
                        jar.toString(),
                        "org.h2.tools.Server",
                        "-tcp",
                        "-tcpPort",
                        "0",
                        "-ifNotExists"));
    }

    /// Waits until the server runs, at most 30 s.
    static DemoDatabase connect(LocalCluster cluster, Member server)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_WITHIN.toNanos();
        Matcher running = RUNNING.matcher(Files.readString(cluster.out(server.name())));
        while (!running.find()) {
            if (server.process().isEmpty() || System.nanoTime() > end) {
                throw new DemoException(
                        "the database does not run: " + cluster.reason(server.name()));
            }
            Thread.sleep(LOOK_AGAIN_MS);
            running = RUNNING.matcher(Files.readString(cluster.out(server.name())));
        }
        String address = "127.0.0.1:" + running.group(1);
        cluster.replace(server, Map.of("database", address));
        String url = "jdbc:h2:tcp://" + address + "/mem:demo;DB_CLOSE_DELAY=-1";
        try {
            return new DemoDatabase(url, DriverManager.getConnection(url, USER, ""));
        } catch (SQLException e) {
            throw new DemoException("the database refuses: " + e.getMessage());
        }
    }

    /// What a group is opened with.
    String configuration() {
        return "{\"url\":\"" + url + "\",\"user\":\"" + USER + "\",\"password\":\"\"}";
    }

    /// What the table holds.
    DemoReport.Facts facts() throws DemoException {
        Map<String, Long> byVersion = new TreeMap<>();
        rows("SELECT plugin_version, COUNT(*) FROM bird_strikes GROUP BY plugin_version")
                .forEach(row -> byVersion.put(row.get(0), Long.valueOf(row.get(1))));
        return new DemoReport.Facts(
                number("SELECT COUNT(*) FROM bird_strikes"),
                byVersion,
                number("SELECT COUNT(season) FROM bird_strikes"),
                rows(
                        "SELECT species, COUNT(*) AS strikes FROM bird_strikes GROUP BY species"
                                + " ORDER BY strikes DESC, species FETCH FIRST 5 ROWS ONLY"),
                rows(
                        "SELECT damage, COUNT(*) AS strikes, SUM(cost_total) AS dollars FROM"
                                + " bird_strikes GROUP BY damage ORDER BY dollars DESC, damage"));
    }

    /// The one number that a query answers.
    private long number(String sql) throws DemoException {
        return Long.parseLong(rows(sql).getFirst().getFirst());
    }

    /// What a query answers, as texts.
    private List<List<String>> rows(String sql) throws DemoException {
        List<List<String>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(String.valueOf(result.getString(i)));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException e) {
            throw new DemoException(sql + ": " + e.getMessage());
        }
    }

    @Override
    public void close() throws DemoException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new DemoException("the database does not close: " + e.getMessage());
        }
    }
}
