package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/// The whole file in H2, in memory.
class H2Test extends WholeFileContract {

    private static final String URL = "jdbc:h2:mem:whole;DB_CLOSE_DELAY=-1";

    @Override
    LoadConfig config(String table) {
        return LoadConfig.of(URL, null, null, table);
    }

    @Override
    Connection connect() throws SQLException {
        return DriverManager.getConnection(URL);
    }

    @Test
    void saysWhyItCannotConnect() {
        LoadConfig config = LoadConfig.of("jdbc:h2:mem:none;IFEXISTS=TRUE", null, null, "t");
        SQLException said = assertThrows(SQLException.class, () -> new BirdStrikes().open(config));
        assertTrue(String.valueOf(said.getMessage()).contains("not found"), said.getMessage());
    }
}
