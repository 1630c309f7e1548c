package org.stagedpipe.birdstrikes;

import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import javax.sql.DataSource;

/// A kind of database: its driver, and how it inserts a row unless its key is there.
enum Dialect {
    H2("jdbc:h2:") {
        @Override
        DataSource driver(String url) {
            JdbcDataSource driver = new JdbcDataSource();
            driver.setURL(url);
            return driver;
        }

        @Override
        String insertIfAbsent(String table, List<Column> columns) {
            String key = columns.getFirst().name();
            return "MERGE INTO "
                    + table
                    + " t USING (SELECT CAST(? AS "
                    + columns.getFirst().type()
                    + ") AS new_key) s ON t."
                    + key
                    + " = s.new_key WHEN NOT MATCHED THEN INSERT ("
                    + names(columns)
                    + ") VALUES (s.new_key"
                    + ", ?".repeat(columns.size() - 1)
                    + ")";
        }

        @Override
        Gate gate(String table) {
            return new Gate(table);
        }
    },

    POSTGRESQL("jdbc:postgresql:") {
        @Override
        DataSource driver(String url) {
            PGSimpleDataSource driver = new PGSimpleDataSource();
            driver.setURL(url);
            driver.setReWriteBatchedInserts(true);
            return driver;
        }

        @Override
        String insertIfAbsent(String table, List<Column> columns) {
            return "INSERT INTO "
                    + table
                    + " ("
                    + names(columns)
                    + ") VALUES (?"
                    + ", ?".repeat(columns.size() - 1)
                    + ") ON CONFLICT DO NOTHING";
        }
    };

    private final String prefix;

    Dialect(String prefix) {
        this.prefix = prefix;
    }

    /// The dialect of a URL.
    ///
    /// @throws IllegalArgumentException if there is none
    static Dialect of(String url) {
        return Arrays.stream(values())
                .filter(dialect -> url.startsWith(dialect.prefix))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "url: " + start(url) + ":... (expected: " + urls() + ")"));
    }

    /// The URLs there are dialects for, for a person.
    static String urls() {
        return Arrays.stream(values())
                .map(dialect -> dialect.prefix + "...")
                .collect(Collectors.joining(" or "));
    }

    /// As much of a URL as may be shown: `jdbc:h2`.
    static String start(String url) {
        return Arrays.stream(url.split(":", 3)).limit(2).collect(Collectors.joining(":"));
    }

    /// The driver for that URL; it opens nothing yet.
    abstract DataSource driver(String url);

    /// A statement with one parameter for each column; the first column is the key.
    abstract String insertIfAbsent(String table, List<Column> columns);

    /// What keeps loads and changes of a table apart; null where the database does.
    @Nullable Gate gate(String table) {
        return null;
    }

    private static String names(List<Column> columns) {
        return columns.stream().map(Column::name).collect(Collectors.joining(", "));
    }
}
