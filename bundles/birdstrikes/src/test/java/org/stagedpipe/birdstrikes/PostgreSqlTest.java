package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Secret;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;

/// The whole file in a real PostgreSQL.
class PostgreSqlTest extends WholeFileContract {

    private static @Nullable EmbeddedPostgres server;

    @BeforeAll
    static void startTheServer() throws IOException {
        server =
                EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .start();
    }

    @AfterAll
    static void stopTheServer() throws IOException {
        server().close();
    }

    @Override
    LoadConfig config(String table) {
        return LoadConfig.of(url("postgres"), "postgres", Secret.of("postgres"), table);
    }

    @Override
    Connection connect() throws SQLException {
        return server().getPostgresDatabase().getConnection();
    }

    @Test
    void saysWhyItCannotConnect() {
        LoadConfig config = LoadConfig.of(url("nowhere"), "postgres", Secret.of("canary"), "t");
        SQLException said = assertThrows(SQLException.class, () -> new BirdStrikes().open(config));
        String text = String.valueOf(said.getMessage());
        assertTrue(text.contains("\"nowhere\" does not exist"), text);
        assertFalse(text.contains("canary"), text);
    }

    private static String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + server().getPort() + "/" + database;
    }

    private static EmbeddedPostgres server() {
        return Objects.requireNonNull(server, "server");
    }
}
