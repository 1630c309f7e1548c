package org.stagedpipe.birdstrikes;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ThreadLocalRandom;

/// Keeps loads and changes of a table in H2 apart, over all connections of all processes.
///
/// H2 commits in the middle of an `ALTER TABLE`: a load that comes in between goes into the old copy of the table, is
/// committed, and lost. So a load holds one row of a table beside it, any one, until it commits; a change holds them all,
/// on a connection of its own, as its own commit would give them up.
final class Gate {

    private static final int ROWS = 16;
    private static final int LOCK_TIMEOUT_MS = 10_000;

    private final String name;

    Gate(String table) {
        name = table + "_gate";
    }

    /// Makes it, unless it is there. Two that make it at once are in each other's way; run it in [Transactions].
    void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS " + name + " (id INTEGER PRIMARY KEY)");
            statement.execute(
                    "MERGE INTO " + name + " KEY (id) SELECT x FROM SYSTEM_RANGE(1, " + ROWS + ")");
        }
    }

    /// Enters with the transaction of a load; open until that ends. Waits while it is closed.
    void enter(Connection connection) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "SELECT id FROM " + name + " WHERE id = ? FOR UPDATE")) {
            select.setInt(1, ThreadLocalRandom.current().nextInt(ROWS) + 1);
            select.executeQuery().close();
        }
    }

    /// Closes it until the connection's transaction ends. Waits for those that are in, each at most 10 s.
    void close(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCK_TIMEOUT " + LOCK_TIMEOUT_MS);
            for (int id = 1; id <= ROWS; id++) {
                statement
                        .executeQuery(
                                "SELECT id FROM " + name + " WHERE id = " + id + " FOR UPDATE")
                        .close();
            }
        }
    }
}
