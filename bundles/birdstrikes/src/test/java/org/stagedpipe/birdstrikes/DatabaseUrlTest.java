package org.stagedpipe.birdstrikes;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client must not get code, files or keys of the worker by way of a URL.
class DatabaseUrlTest {

    private static final String RAN = "org.stagedpipe.birdstrikes.ran";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INIT=CREATE ALIAS RUN FOR 'java.lang.System.setProperty'"
                        + "\\;CALL RUN('"
                        + RAN
                        + "','alias')",
                "INIT=CREATE ALIAS RUN AS 'void run() { System.setProperty(\""
                        + RAN
                        + "\", \"source\")\\; }'\\;CALL RUN()"
            })
    void noCodeRunsInTheWorker(String setting) {
        String url = "jdbc:h2:mem:attack;" + setting;
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new BirdStrikes().open(LoadConfig.of(url, "sa", null, "t")).close());
        assertEquals("url: jdbc:h2:... (expected: " + DatabaseUrl.SHAPES + ")", e.getMessage());
        assertNull(System.getProperty(RAN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:h2:mem:x;init=SELECT 1",
                "jdbc:h2:mem:x;DB_CLOSE_DELAY=-1;INIT=SELECT 1",
                "jdbc:h2:mem:x;IFEXISTS=TRUE\\;INIT=SELECT 1",
                "jdbc:h2:mem:x;TRACE_LEVEL_FILE=4",
                "jdbc:h2:mem:x;AUTO_SERVER=TRUE",
                "jdbc:h2:mem:x;DATABASE_EVENT_LISTENER='a.B'",
                "jdbc:h2:mem:x;JAVA_OBJECT_SERIALIZER='a.B'",
                "jdbc:h2:mem:x;CIPHER=AES",
                "jdbc:h2:mem:",
                "jdbc:h2:mem:x\n",
                "jdbc:h2:file:/tmp/x",
                "jdbc:h2:/tmp/x",
                "jdbc:h2:./x",
                "jdbc:h2:~/x",
                "jdbc:h2:nio:/tmp/x",
                "jdbc:h2:zip:/tmp/x.zip!/x",
                "jdbc:h2:split:nio:/tmp/x",
                "jdbc:h2:classpath:x",
                "jdbc:h2:ssl://host/x",
                "jdbc:h2:tcp://host/nio:/tmp/x",
                "jdbc:h2:tcp://host/mem:x;INIT=SELECT 1",
                "jdbc:h2:tcp://host,other/mem:x",
                "JDBC:H2:mem:x",
                " jdbc:h2:mem:x",
                "jdbc:postgresql:x",
                "jdbc:postgresql://host/x?socketFactory=a.B&socketFactoryArg=c",
                "jdbc:postgresql://host/x?sslmode=require&sslfactory=a.B",
                "jdbc:postgresql://host/x?sslmode=require&currentSchema=s&sslkey=/tmp/key",
                "jdbc:postgresql://host/x?sslmode=require&sslhostnameverifier=a.B",
                "jdbc:postgresql://host/x?sslpasswordcallback=a.B",
                "jdbc:postgresql://host/x?authenticationPluginClassName=a.B",
                "jdbc:postgresql://host/x?xmlFactoryFactory=a.B",
                "jdbc:postgresql://host/x?loggerLevel=TRACE&loggerFile=/tmp/x",
                "jdbc:postgresql://host/x?currentSchema=a%26sslfactory=a.B",
                "jdbc:postgresql://host/x?service=s",
                "jdbc:postgresql://host/x?options=-c%20role=a",
                "jdbc:postgresql://?service=s",
                "jdbc:postgresql://user@host/x"
            })
    void refuses(String url) {
        assertThrows(IllegalArgumentException.class, () -> LoadConfig.of(url, null, null, "t"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:h2:mem:some-name_1",
                "jdbc:h2:mem:x;DB_CLOSE_DELAY=-1",
                "jdbc:h2:mem:x;IFEXISTS=TRUE;DB_CLOSE_DELAY=10",
                "jdbc:h2:tcp://127.0.0.1:9092/mem:demo;DB_CLOSE_DELAY=-1",
                "jdbc:h2:tcp://db-1.example.org/~/strikes",
                "jdbc:h2:tcp://[::1]:9092/./strikes",
                "jdbc:postgresql://127.0.0.1:5432/postgres",
                "jdbc:postgresql://[::1]/x?sslmode=verify-full&currentSchema=reports"
            })
    void takes(String url) {
        assertDoesNotThrow(() -> LoadConfig.of(url, null, null, "t"));
    }

    @Test
    void aLongOneDoesNotUseUpTheStack() {
        String url = "jdbc:h2:mem:x" + ";IFEXISTS=TRUE".repeat(50_000);
        assertThrows(IllegalArgumentException.class, () -> LoadConfig.of(url, null, null, "t"));
    }
}
