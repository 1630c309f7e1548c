package org.stagedpipe.birdstrikes;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a client may write as the URL of a database: nothing but this.
///
/// A driver does in the worker's process what a URL says. H2's runs the SQL and compiles the Java of `INIT`, opens files and writes
/// its trace where it is told; PostgreSQL's makes objects of the classes that it is given, and reads keys. So a URL has a
/// database in memory or one behind a port, and settings that only say how to talk to that.
final class DatabaseUrl {

    /// For a person.
    static final String SHAPES =
            "jdbc:h2:mem:NAME or jdbc:h2:tcp://HOST:PORT/NAME, with no settings but"
                + " ;DB_CLOSE_DELAY=N and ;IFEXISTS=TRUE, or jdbc:postgresql://HOST:PORT/NAME, with"
                + " none but ?sslmode=MODE and &currentSchema=NAME";

    // The repetitions of groups are bounded: a long one would use up the stack.
    private static final String HOST = "([\\w.-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?";
    private static final String IN_MEMORY = "mem:[\\w-]+";
    private static final String SETTING = "(sslmode=[a-z-]+|currentSchema=\\w+)";

    static final Pattern H2 =
            Pattern.compile(
                    "jdbc:h2:("
                            + IN_MEMORY
                            + "|tcp://"
                            + HOST
                            + "/("
                            + IN_MEMORY
                            + "|[\\w./~-]+))(;(DB_CLOSE_DELAY=-?\\d{1,6}|IFEXISTS=(TRUE|FALSE))){0,2}");

    static final Pattern POSTGRESQL =
            Pattern.compile(
                    "jdbc:postgresql://"
                            + HOST
                            + "/[\\w-]+(\\?"
                            + SETTING
                            + "(&"
                            + SETTING
                            + ")?)?");

    private static final Pattern KIND = Pattern.compile("jdbc:\\w{1,20}:");

    private DatabaseUrl() {}

    /// As much of a URL as may be shown: `jdbc:h2:...`.
    static String start(String url) {
        Matcher kind = KIND.matcher(url);
        return (kind.lookingAt() ? kind.group() : "") + "...";
    }
}
