package org.stagedpipe.birdstrikes;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Secret;

import java.util.Locale;
import java.util.regex.Pattern;

/// What a client opens a group with: where the rows go.
///
/// @param url of a database, as [DatabaseUrl] has it; without a password
/// @param user its user
/// @param password the user's password; null for none
/// @param table made if missing; may be left out for `bird_strikes`
/// @param poolSize connections that a worker holds for the group, 1 to 32; 0, or left out, for 4
public record LoadConfig(
        String url, @Nullable String user, @Nullable Secret password, String table, int poolSize) {

    private static final String DEFAULT_TABLE = "bird_strikes";
    private static final int DEFAULT_POOL_SIZE = 4;
    private static final int MAX_POOL_SIZE = 32;
    private static final Pattern TABLE = Pattern.compile("[a-z_][a-z0-9_]{0,47}");

    /// @throws IllegalArgumentException if a value is not as above; the text never has the URL or the password
    public LoadConfig {
        if (url == null || url.isBlank()) {
            throw new IllegalArgumentException(
                    "url: missing (expected: " + DatabaseUrl.SHAPES + ")");
        }
        if (url.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException(
                    "url: has a password (expected: the password under its own key)");
        }
        Dialect.of(url);
        table = table == null ? DEFAULT_TABLE : table;
        if (!TABLE.matcher(table).matches()) {
            throw new IllegalArgumentException(
                    "table: \"" + table + "\" (expected: " + TABLE.pattern() + ")");
        }
        poolSize = poolSize == 0 ? DEFAULT_POOL_SIZE : poolSize;
        if (poolSize < 1 || poolSize > MAX_POOL_SIZE) {
            throw new IllegalArgumentException(
                    "poolSize: " + poolSize + " (expected: 1 to " + MAX_POOL_SIZE + ")");
        }
    }

    /// Into that table with the default pool.
    public static LoadConfig of(
            String url, @Nullable String user, @Nullable Secret password, String table) {
        return new LoadConfig(url, user, password, table, 0);
    }

    /// Says that there is a password, and the start of the URL.
    @Override
    public String toString() {
        return "LoadConfig[url="
                + DatabaseUrl.start(url)
                + ", user="
                + user
                + ", password="
                + password
                + ", table="
                + table
                + ", poolSize="
                + poolSize
                + "]";
    }
}
