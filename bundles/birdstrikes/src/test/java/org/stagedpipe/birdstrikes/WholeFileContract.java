package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.birdstrikes.StrikeFile.Expected;
import org.stagedpipe.birdstrikes.season.SeasonalBirdStrikes;
import org.stagedpipe.testkit.PluginTestkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// What the plugin does with the complete real file, in every database that it knows.
abstract class WholeFileContract {

    private static final Plugin<Batch, LoadConfig, Warehouse> FIRST = new BirdStrikes();
    private static final Plugin<Batch, LoadConfig, Warehouse> SECOND = new SeasonalBirdStrikes();

    private static StrikeFile file = new StrikeFile(List.of());

    private String table = "";

    /// A group's configuration for that table.
    abstract LoadConfig config(String table);

    /// A connection past the plugin.
    abstract Connection connect() throws SQLException;

    @BeforeAll
    static void readTheFile() throws Exception {
        file = StrikeFile.read();
    }

    @BeforeEach
    void nameTheTable(TestInfo test) {
        table = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
    }

    @Test
    void loadsEveryDistinctLineOnce() throws Exception {
        Expected total = run(FIRST, file.items(50));

        assertEquals(file.expected(), total);
        assertEquals(10_000, total.read());
        assertEquals(9_976, total.loaded());
        assertEquals(24, total.duplicates());
        assertEquals(total.loaded(), number("SELECT COUNT(*) FROM " + table));
        assertEquals(total.costTotal(), number("SELECT SUM(cost_total) FROM " + table));
        assertEquals(
                total.misses(),
                number("SELECT COUNT(*) FROM " + table + " WHERE airport_iata IS NULL"));
        assertEquals(
                total.speedsMissing(),
                number("SELECT COUNT(*) FROM " + table + " WHERE speed_knots IS NULL"));
        assertEquals(
                49,
                number(
                        "SELECT COUNT(DISTINCT airport_iata) FROM "
                                + table
                                + " WHERE airport <> '"
                                + StrikeFile.HAND_CHECKED_MISS
                                + "'"));
    }

    @Test
    void reportsTheSameForARedeliveredItem() throws Exception {
        UUID group = UUID.randomUUID();
        List<Lines> items = file.items(1000);
        List<Summary> first = deliver(FIRST, group, items);
        Expected held = held();
        List<Summary> again = deliver(FIRST, group, items);

        assertEquals(first, again);
        assertEquals(held, held());
        Set<String> earlier = new HashSet<>();
        for (int i = 0; i < items.size(); i++) {
            assertEquals(StrikeFile.expected(items.get(i), earlier), Expected.of(first.get(i)));
            items.get(i).lines().forEach(line -> earlier.add(line.text()));
        }
    }

    @Test
    void countsWhatAnotherGroupHasLoadedAsDuplicates() throws Exception {
        run(FIRST, file.items(500));
        Expected again = run(FIRST, file.items(500));
        assertEquals(new Expected(10_000, 0, 0, 0, 0), again);
        assertEquals(file.expected().loaded(), number("SELECT COUNT(*) FROM " + table));
    }

    @Test
    void loadsOnceWhenTwoGroupsLoadAtOnce() throws Exception {
        List<Expected> totals = atOnce(FIRST, file.items(200), FIRST, file.items(200));
        assertEquals(
                file.expected(),
                new Expected(
                                totals.get(0).read() - file.lines().size(),
                                totals.get(0).loaded(),
                                totals.get(0).misses(),
                                totals.get(0).speedsMissing(),
                                totals.get(0).costTotal())
                        .plus(totals.get(1)));
        assertEquals(file.expected().loaded(), number("SELECT COUNT(*) FROM " + table));
    }

    @Test
    void takesTheSecondVersionWhileTheFirstLoads() throws Exception {
        List<Lines> items = file.items(100);
        List<Expected> totals =
                atOnce(FIRST, items.subList(0, 60), SECOND, items.subList(60, items.size()));

        Expected both = totals.get(0).plus(totals.get(1));
        assertEquals(file.expected(), both);
        assertEquals(
                totals.get(0).loaded(),
                number("SELECT COUNT(*) FROM " + table + " WHERE season IS NULL"));
        assertEquals(
                totals.get(1).loaded(),
                number(
                        "SELECT COUNT(*) FROM "
                                + table
                                + " WHERE season IS NOT NULL AND plugin_version = '1.1.0'"));
    }

    @Test
    void addsTheSeasonToAnOlderTable() throws Exception {
        List<Lines> items = file.items(100);
        deliver(FIRST, UUID.randomUUID(), items.subList(0, 1));
        Summary second = deliver(SECOND, UUID.randomUUID(), items.subList(1, 2)).getFirst();
        Summary third = deliver(FIRST, UUID.randomUUID(), items.subList(2, 3)).getFirst();

        assertEquals("1.1.0", second.pluginVersion());
        assertEquals("1.0.0", third.pluginVersion());
        assertEquals(Map.of(), third.seasons());
        assertEquals(second.seasons(), seasons());
        assertNotEquals(Map.of(), second.seasons());
        assertEquals(
                second.loaded(),
                second.seasons().values().stream().mapToInt(Integer::intValue).sum());
    }

    @Test
    void failsTheItemOfABadLineAndLoadsNothingOfIt() throws Exception {
        Line bad = new Line(17, file.lines().get(15).text().replace("1990-", "1990/"));
        Lines broken = new Lines(List.of(file.lines().get(0), bad));
        Lines good = new Lines(file.lines().subList(1, 4));
        try (var group = PluginTestkit.open(FIRST, config(table))) {
            List<Outcome<Batch>> outcomes = group.run(List.<Batch>of(broken, good));

            Outcome.Failed<Batch> failed =
                    assertInstanceOf(Outcome.Failed.class, outcomes.getFirst());
            assertEquals("convert", failed.fault().stage());
            assertTrue(failed.fault().text().contains("line 17: Flight Date: \"1990/"));
            assertTrue(failed.fault().text().endsWith(bad.text()), failed.fault().text());
            assertInstanceOf(Outcome.Ok.class, outcomes.getLast());
        }
        assertEquals(3, number("SELECT COUNT(*) FROM " + table));
    }

    @Test
    void leavesNoConnectionBehind() throws Exception {
        Warehouse warehouse = FIRST.open(config(table));
        deliver(FIRST, UUID.randomUUID(), file.items(100).subList(0, 1));
        warehouse.close();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (poolThreads() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertEquals(0, poolThreads());
    }

    private static long poolThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("birdstrikes-"))
                .count();
    }

    /// Runs items of one group in the engine, many at once, and adds up what they report.
    private Expected run(Plugin<Batch, LoadConfig, Warehouse> plugin, List<Lines> items)
            throws Exception {
        try (var group = PluginTestkit.open(plugin, config(table))) {
            return sum(group.run(List.<Batch>copyOf(items)));
        }
    }

    private static Expected sum(List<Outcome<Batch>> outcomes) {
        Expected total = new Expected(0, 0, 0, 0, 0);
        for (Outcome<Batch> outcome : outcomes) {
            Outcome.Ok<Batch> ok = assertInstanceOf(Outcome.Ok.class, outcome, outcome::toString);
            Summary summary = assertInstanceOf(Summary.class, ok.data());
            assertEquals(summary.read(), summary.loaded() + summary.duplicates());
            total = total.plus(Expected.of(summary));
        }
        return total;
    }

    /// The second group opens, and changes the table if it must, while the first one loads.
    private List<Expected> atOnce(
            Plugin<Batch, LoadConfig, Warehouse> one,
            List<Lines> itemsOfOne,
            Plugin<Batch, LoadConfig, Warehouse> other,
            List<Lines> itemsOfOther)
            throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<Expected> first =
                    threads.submit(() -> {
                        try (var group = PluginTestkit.open(one, config(table))) {
                            Expected start = sum(List.of(group.run(itemsOfOne.getFirst())));
                            loading.countDown();
                            List<Lines> rest = itemsOfOne.subList(1, itemsOfOne.size());
                            return start.plus(sum(group.run(List.<Batch>copyOf(rest))));
                        } finally {
                            loading.countDown();
                        }
                    });
            Future<Expected> second =
                    threads.submit(() -> {
                        loading.await();
                        return run(other, itemsOfOther);
                    });
            return List.of(first.get(), second.get());
        }
    }

    /// Delivers items of one group one by one.
    private List<Summary> deliver(
            Plugin<Batch, LoadConfig, Warehouse> plugin, UUID group, List<Lines> items)
            throws Exception {
        List<Summary> summaries = new ArrayList<>();
        try (Warehouse warehouse = plugin.open(config(table))) {
            for (int i = 0; i < items.size(); i++) {
                summaries.add(Delivered.run(plugin, warehouse, group, i, items.get(i)));
            }
        }
        return summaries;
    }

    private Expected held() throws SQLException {
        int rows = (int) number("SELECT COUNT(*) FROM " + table);
        return new Expected(
                rows,
                rows,
                (int) number("SELECT COUNT(*) FROM " + table + " WHERE airport_iata IS NULL"),
                (int) number("SELECT COUNT(*) FROM " + table + " WHERE speed_knots IS NULL"),
                number("SELECT SUM(cost_total) FROM " + table));
    }

    private Map<String, Integer> seasons() throws SQLException {
        Map<String, Integer> seasons = new HashMap<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT season, COUNT(*) FROM "
                                        + table
                                        + " WHERE season IS NOT NULL GROUP BY season")) {
            while (rows.next()) {
                seasons.put(rows.getString(1), rows.getInt(2));
            }
        }
        return seasons;
    }

    private long number(String query) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            assertTrue(rows.next());
            return rows.getLong(1);
        }
    }
}
