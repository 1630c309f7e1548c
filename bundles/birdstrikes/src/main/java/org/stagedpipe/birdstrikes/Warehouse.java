package org.stagedpipe.birdstrikes;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Secret;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

import javax.sql.DataSource;

/// What the items of one group share on one worker: the airports, the table, and the pool of connections to it, which
/// it closes.
public final class Warehouse implements AutoCloseable {

    private static final long CONNECT_TIMEOUT_MS = 30_000;

    private final Airports airports;
    private final HikariDataSource pool;
    private final StrikeTable table;

    private Warehouse(Airports airports, HikariDataSource pool, StrikeTable table) {
        this.airports = airports;
        this.pool = pool;
        this.table = table;
    }

    /// Connects and makes the table as the schema wants it. Waits until the database answers, at most 30 s.
    ///
    /// @throws SQLException what the database said, for the client
    public static Warehouse open(LoadConfig config, Schema schema)
            throws SQLException, IOException {
        Dialect dialect = Dialect.of(config.url());
        DataSource driver = dialect.driver(config.url());
        HikariDataSource pool = pool(config, driver);
        try (Connection own = connection(config, driver)) {
            StrikeTable table =
                    new StrikeTable(new Transactions(pool), dialect, config.table(), schema);
            table.create(own);
            return new Warehouse(Airports.read(), pool, table);
        } catch (SQLException | IOException | RuntimeException | Error e) {
            pool.close();
            throw e;
        }
    }

    private static Connection connection(LoadConfig config, DataSource driver) throws SQLException {
        return config.user() == null
                ? driver.getConnection()
                : driver.getConnection(config.user(), password(config));
    }

    private static @Nullable String password(LoadConfig config) {
        Secret password = config.password();
        return password == null ? null : password.reveal();
    }

    private static HikariDataSource pool(LoadConfig config, DataSource driver) throws SQLException {
        HikariConfig settings = new HikariConfig();
        settings.setPoolName("birdstrikes-" + config.table());
        settings.setDataSource(driver);
        settings.setUsername(config.user());
        settings.setPassword(password(config));
        settings.setMaximumPoolSize(config.poolSize());
        settings.setConnectionTimeout(CONNECT_TIMEOUT_MS);
        settings.setThreadFactory(new DriverThreads(driver.getClass().getClassLoader()));
        try {
            return new HikariDataSource(settings);
        } catch (PoolInitializationException e) {
            throw e.getCause() instanceof SQLException said ? said : new SQLException(e);
        }
    }

    /// The strikes, each with its airport where there is one.
    public Strikes join(Strikes strikes) {
        return airports.join(strikes);
    }

    /// Loads the rows that are not there yet, all of them or none.
    ///
    /// @throws FaultException what the database said, retryable if it may pass
    /// @return the rows that are there because of this item, by this delivery of it or an earlier one
    public List<Strike> load(Strikes strikes, Request<?, ?> request) throws FaultException {
        try {
            Item item = new Item(request.group(), request.sequence());
            Set<String> keys = table.load(strikes.rows(), item);
            return strikes.rows().stream().filter(row -> keys.contains(row.key())).toList();
        } catch (SQLException e) {
            throw DatabaseFault.of(e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
