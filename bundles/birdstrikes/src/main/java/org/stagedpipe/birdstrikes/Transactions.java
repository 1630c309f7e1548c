package org.stagedpipe.birdstrikes;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

import javax.sql.DataSource;

/// Runs work in a transaction, again if another transaction was in its way. For many threads.
final class Transactions {

    private static final int ATTEMPTS = 8;

    /// What two transactions can do to each other: both inserted one key or one table, met a table as it was changed,
    /// waited for each other, or too long.
    private static final Set<String> IN_THE_WAY =
            Set.of(
                    "23505", "40001", "40P01", "55P03", "90131", "HYT00", "42P07", "42701", "42S01",
                    "42S02", "42S11", "42S21");

    private final DataSource source;

    Transactions(DataSource source) {
        this.source = source;
    }

    /// What is done in a transaction, possibly more than once.
    @FunctionalInterface
    interface Work<T> {

        T on(Connection connection) throws SQLException;
    }

    /// Waits for a connection of the pool, then runs the work and commits.
    ///
    /// @throws SQLException what the database said, in the end
    <T> T run(Work<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(work);
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !isInTheWay(e)) {
                    throw e;
                }
            }
        }
    }

    private <T> T once(Work<T> work) throws SQLException {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.on(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollBack(connection, e);
                throw e;
            }
        }
    }

    private static void rollBack(Connection connection, Exception reason) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    static boolean isInTheWay(SQLException e) {
        for (SQLException each = e; each != null; each = each.getNextException()) {
            if (IN_THE_WAY.contains(String.valueOf(each.getSQLState()))) {
                return true;
            }
        }
        return false;
    }
}
