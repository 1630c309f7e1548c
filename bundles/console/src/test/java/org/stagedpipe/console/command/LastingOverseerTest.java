package org.stagedpipe.console.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.TestOverseer;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

class LastingOverseerTest {

    @TempDir Path folder;
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

    @Test
    void anUploadGoesOnWithTheNextOverseer() throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[900_000]);
        try (TestOverseer first = new TestOverseer();
                TestOverseer next = new TestOverseer()) {
            CountDownLatch over = new CountDownLatch(1);
            first.reader =
                    exchange -> {
                        exchange.send(here(0));
                        exchange.next();
                        Thread.ofVirtual().start(first::close);
                        over.await(); // it reads no more
                    };
            AtomicInteger bytes = new AtomicInteger();
            next.reader =
                    exchange -> {
                        exchange.send(here(0));
                        for (var part = exchange.next(); part != null; part = exchange.next()) {
                            bytes.addAndGet(part.getData().size());
                        }
                        exchange.send(
                                Progress.newBuilder()
                                        .setResult(PluginEntry.newBuilder().setName("fish"))
                                        .build());
                    };
            CommandLine install =
                    PublishPlugin.create(context(first, next), PublishBegin.Mode.INSTALL);
            int exitCode = install.execute(jar.toString());
            over.countDown();
            assertEquals(0, exitCode, this::said);
            assertEquals(900_000, bytes.get());
            String request = first.published.getFirst().getRequest();
            assertFalse(request.isEmpty());
            assertEquals(request, next.published.getFirst().getRequest());
            int lost = said().indexOf("the overseer is lost (");
            assertTrue(lost > 0, this::said);
            String after = said().substring(lost);
            assertTrue(after.contains("; looking for one for 30 s\noverseer o1 answers\n"), after);
            assertTrue(after.contains("upload: 878.9 KiB of 878.9 KiB\n"), after);
        }
    }

    /// Perhaps it is the bundle that ends them.
    @Test
    void anUploadIsGivenUpWhenOneIsLostAfterTheOther() throws Exception {
        Path jar = Files.write(folder.resolve("a.jar"), new byte[9]);
        try (TestOverseer overseer = new TestOverseer();
                LastingOverseer lasting = lasting(overseer)) {
            AtomicInteger asked = new AtomicInteger();
            overseer.reader =
                    exchange -> {
                        asked.incrementAndGet();
                        exchange.send(here(0));
                        while (exchange.next() != null) {
                            // all of it
                        }
                        exchange.send(Progress.newBuilder().setStep("verify").build());
                        throw new CallException(Kind.UNREACHABLE, "the store is away");
                    };
            CallException why =
                    assertThrows(
                            CallException.class,
                            () ->
                                    lasting.publish(
                                            AdminClient.Wish.of(
                                                    PublishBegin.Mode.LIBRARY, null, false),
                                            jar,
                                            null,
                                            PublishListener.none()));
            assertEquals("the store is away", why.getMessage());
            assertEquals(3, asked.get());
        }
    }

    private static Progress here(long offset) {
        return Progress.newBuilder().setStep("upload").setOffset(offset).build();
    }

    private LastingOverseer lasting(TestOverseer overseer) throws Exception {
        ConsoleContext context = context(overseer);
        return new LastingOverseer(context, new ProgressView(context), Duration.ofSeconds(1));
    }

    private ConsoleContext context(TestOverseer... overseers) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        return new ConsoleContext(
                ConsoleIo.plain(InputStream.nullInputStream(), stream, stream),
                new GlobalOptions(),
                () -> Stream.of(overseers).map(TestOverseer::endpoint).toList());
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
