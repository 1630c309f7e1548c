package org.stagedpipe.birdstrikes;

import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.sql.DataSource;

/// A kind of database: its URLs, its driver, and how it inserts a row unless its key is there.
enum Dialect {
    H2(DatabaseUrl.H2) {
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

    POSTGRESQL(DatabaseUrl.POSTGRESQL) {
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

    private final Pattern urls;

    Dialect(Pattern urls) {
        this.urls = urls;
    }

    /// The dialect of a URL.
    ///
    /// @throws IllegalArgumentException if it is none that a client may write
    static Dialect of(String url) {
        return Arrays.stream(values())
                .filter(dialect -> dialect.urls.matcher(url).matches())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "url: "
                                        + DatabaseUrl.start(url)
                                        + " (expected: "
                                        + DatabaseUrl.SHAPES
                                        + ")"));
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
