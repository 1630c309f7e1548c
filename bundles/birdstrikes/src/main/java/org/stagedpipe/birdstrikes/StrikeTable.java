package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// The table that the strikes go to. For many threads, here and on other workers, and for two versions at once.
final class StrikeTable {

    private final Transactions transactions;
    private final Dialect dialect;
    private final String name;
    private final Schema schema;
    private final @Nullable Gate gate;

    StrikeTable(Transactions transactions, Dialect dialect, String name, Schema schema) {
        this.transactions = transactions;
        this.dialect = dialect;
        this.name = name;
        this.schema = schema;
        this.gate = dialect.gate(name);
    }

    /// Makes the table, or adds the columns that an older version's table lacks.
    ///
    /// @param own a connection for this alone
    void create(Connection own) throws SQLException {
        if (gate != null) {
            transactions.run(connection -> {
                gate.create(connection);
                return name;
            });
            gate.close(own);
        }
        transactions.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE IF NOT EXISTS " + name + definition());
                statement.execute(
                        "CREATE INDEX IF NOT EXISTS "
                                + name
                                + "_item ON "
                                + name
                                + " (loaded_by_group, loaded_by_sequence)");
                addMissing(statement);
            }
            return name;
        });
    }

    private String definition() {
        String columns =
                schema.all().stream()
                        .map(column -> column.name() + " " + column.type())
                        .collect(Collectors.joining(", "));
        return " ("
                + columns
                + ", loaded_by_group UUID NOT NULL, loaded_by_sequence BIGINT NOT NULL,"
                + " plugin_version VARCHAR(32) NOT NULL, PRIMARY KEY ("
                + schema.columns().getFirst().name()
                + "))";
    }

    /// Changes the table only where it must: while another version loads, that waits for its transactions.
    private void addMissing(Statement statement) throws SQLException {
        Set<String> present = new HashSet<>();
        try (ResultSet none = statement.executeQuery("SELECT * FROM " + name + " WHERE 1 = 0")) {
            ResultSetMetaData columns = none.getMetaData();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                present.add(columns.getColumnName(i).toLowerCase(Locale.ROOT));
            }
        }
        for (Column column : schema.added()) {
            if (!present.contains(column.name())) {
                statement.execute(
                        "ALTER TABLE "
                                + name
                                + " ADD COLUMN IF NOT EXISTS "
                                + column.name()
                                + " "
                                + column.type());
            }
        }
    }

    /// Inserts what is not there yet, all or nothing.
    ///
    /// @return the keys that this item has loaded, now or in an earlier delivery
    Set<String> load(List<Strike> strikes, Item item) throws SQLException {
        List<Strike> sorted = new ArrayList<>(strikes);
        // One order of keys for everybody, or two items with the same lines could wait for each
        // other.
        sorted.sort(Comparator.comparing(Strike::key));
        return transactions.run(connection -> {
            if (gate != null) {
                gate.enter(connection);
            }
            insert(connection, sorted, item);
            return loadedBy(connection, item);
        });
    }

    private void insert(Connection connection, List<Strike> strikes, Item item)
            throws SQLException {
        List<Column> columns = new ArrayList<>(schema.all());
        columns.add(new Column("loaded_by_group", "UUID", strike -> item.group()));
        columns.add(new Column("loaded_by_sequence", "BIGINT", strike -> item.sequence()));
        columns.add(new Column("plugin_version", "VARCHAR(32)", strike -> schema.version()));
        try (PreparedStatement insert =
                connection.prepareStatement(dialect.insertIfAbsent(name, columns))) {
            for (Strike strike : strikes) {
                for (int i = 0; i < columns.size(); i++) {
                    @Nullable Object value = columns.get(i).value().of(strike);
                    insert.setObject(i + 1, value);
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private Set<String> loadedBy(Connection connection, Item item) throws SQLException {
        Set<String> keys = new HashSet<>();
        try (PreparedStatement select =
                connection.prepareStatement(
                        "SELECT line_sha256 FROM "
                                + name
                                + " WHERE loaded_by_group = ? AND loaded_by_sequence = ?")) {
            select.setObject(1, item.group());
            select.setLong(2, item.sequence());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    keys.add(rows.getString(1));
                }
            }
        }
        return keys;
    }
}
