package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.console.TestOverseer;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

class LastingOverseerTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void isGivenUpAfterAWhile() throws Exception {
        try (TestOverseer overseer = new TestOverseer();
                LastingOverseer lasting = lasting(overseer)) {
            assertEquals(3, lasting.ask(AdminClient::nodes).size());
            overseer.close();
            CallException why =
                    assertThrows(CallException.class, () -> lasting.ask(AdminClient::nodes));
            assertEquals(Kind.UNREACHABLE, why.kind());
            assertTrue(
                    why.getMessage().startsWith("no overseer for 1 s: no overseer answers; tried "),
                    why.getMessage());
            assertTrue(said().contains("looking for one for 1 s"), said());
        }
    }

    @Test
    void isNotLookedForWhenItRefuses() throws Exception {
        try (TestOverseer overseer = new TestOverseer();
                LastingOverseer lasting = lasting(overseer)) {
            AtomicInteger asked = new AtomicInteger();
            CallException why =
                    assertThrows(
                            CallException.class,
                            () ->
                                    lasting.ask(admin -> {
                                        asked.incrementAndGet();
                                        return admin.plugin("warehouse");
                                    }));
            assertEquals(Kind.NOT_FOUND, why.kind());
            assertEquals(1, asked.get());
            assertEquals("", said());
        }
    }

    private LastingOverseer lasting(TestOverseer overseer) throws Exception {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        ConsoleContext context =
                new ConsoleContext(
                        ConsoleIo.plain(InputStream.nullInputStream(), stream, stream),
                        new GlobalOptions(),
                        () -> List.of(overseer.endpoint()));
        return new LastingOverseer(context, new ProgressView(context), Duration.ofSeconds(1));
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
