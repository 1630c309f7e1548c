package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// A plugin that says the secrets of its configuration wherever it can. One is the worker's, by its name, one the client's; nothing that
/// leaves the worker has either.
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class WorkerSecretTest extends OneWorker {

    private static final String CANARY = "canary"; // each begins with it: a cut one shows, too
    private static final String BY_NAME = CANARY + "-of\tthe-worker";
    private static final String GIVEN = CANARY + "-of-the-client";

    private static PluginJar talkative;

    private final List<String> recycled = new CopyOnWriteArrayList<>();
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private PrintStream err;

    @BeforeAll
    static void compile() throws Exception {
        talkative =
                PluginJar.of(
                        "3.0.0",
                        Map.of(
                                "record Config(String suffix, int delay) {}",
                                """
                                record Config(String suffix, Secret named, Secret given) {

                                    Config {
                                        if (suffix.equals("unfit")) {
                                            throw said(named, given);
                                        }
                                    }
                                }

                                private static IllegalStateException said(Secret named, Secret given) {
                                    return new IllegalStateException(
                                            "with " + named.reveal(), new RuntimeException(given.reveal()));
                                }
                                """,
                                "record Resources(String suffix) {}",
                                "record Resources(String suffix, Config config) {}",
                                "config.suffix() + \"3.0.0\"",
                                "config.suffix() + \"3.0.0\", config",
                                "/*OPEN*/",
                                """
                                IllegalStateException said = said(config.named(), config.given());
                                Thread.currentThread().setName(config.given().reveal());
                                switch (config.suffix()) {
                                    case "throw" -> throw said;
                                    case "long" -> throw new IllegalStateException(
                                            "x".repeat(1_970) + config.named().reveal());
                                    case "wordless" -> throw new IllegalStateException() {
                                        @Override
                                        public String getMessage() {
                                            throw said;
                                        }
                                    };
                                    default -> {}
                                }
                                """,
                                "public void close(Resources resources) {\n"
                                        + "        note(\"close\");",
                                """
                                public void close(Resources resources) {
                                    note("close");
                                    Config config = resources.config();
                                    Thread.currentThread().setName(config.given().reveal());
                                    if (config.suffix().equals("speechless")) {
                                        throw new IllegalStateException() {
                                            @Override
                                            public String getMessage() {
                                                throw new AssertionError(config.given().reveal());
                                            }
                                        };
                                    }
                                    throw new java.util.ServiceConfigurationError("not closed " + config.given().reveal(),
                                            said(config.named(), config.given()));
                                """,
                                "default -> { }",
                                """
                                case "said" -> throw said(
                                        request.resources().config().named(),
                                        request.resources().config().given());
                                case "fault" -> throw new FaultException(
                                        Fault.Kind.STAGE,
                                        request.resources().config().given().reveal(),
                                        true);
                                case "long" -> throw FaultException.permanent(
                                        "x".repeat(4_090)
                                                + request.resources().config().named().reveal());
                                case "hang" -> {
                                    Thread.currentThread()
                                            .setName(request.resources().config().named().reveal());
                                    while (System.getProperty("plug.free") == null) {
                                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                                        Thread.interrupted();
                                    }
                                }
                                case "leave" -> {
                                    Thread left = new Thread(
                                            () -> {
                                                while (System.getProperty("plug.free") == null) {
                                                    java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                                                }
                                            },
                                            "left with " + request.resources().config().named().reveal()
                                                    + request.resources().config().given().reveal());
                                    left.start();
                                }
                                case "lethal" -> {
                                    Thread.currentThread()
                                            .setName(request.resources().config().named().reveal());
                                    throw new OutOfMemoryError(
                                            said(
                                                            request.resources().config().named(),
                                                            request.resources().config().given())
                                                    .toString());
                                }
                                default -> { }
                                """),
                        Map.of());
    }

    @BeforeEach
    void capture() throws Exception {
        err = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        worker.close();
        stuckReportMs = 300;
        worker = worker(4, recycled::add);
        Files.writeString(
                Files.createDirectories(secrets.resolve("plug")).resolve("db-password"),
                BY_NAME + "\n");
        overseer.has(talkative);
        overseer.plan(talkative);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(0).getState());
    }

    @AfterEach
    void stopCapturing() {
        System.setProperty("plug.free", "now");
        System.setErr(err);
        err.print(log.toString(StandardCharsets.UTF_8));
    }

    @Test
    void noOutputOfTheWorkerHasASecret() throws Exception {
        for (String refuses : List.of("unfit", "throw", "long", "wordless")) {
            said.add(
                    refused(refuses, "db-password", refuses.equals("unfit") ? Kind.INVALID : null));
        }
        try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
            group.stageDeadlineMs = 4_000;
            group.open(talkative.version(), configuration("!", "db-password"));
            group.awaitOpened();
            group.items("{\"text\":\"said\"}", "{\"text\":\"fault\"}", "{\"text\":\"long\"}");
            group.items("{\"text\":\"fine\"}", "{\"text\":\"hang\"}");
            group.read(5);
            assertEquals("{\"text\":\"fine!3.0.0\",\"times\":1}", group.result(3));
            said.add(group.faults.toString());
            awaitLog("runs since");
            awaitLog("hangs since");
            System.setProperty("plug.free", "now");
            group.finish();
        }
        awaitLog("could not close its resources: ServiceConfigurationError");
        try (TestCoordinator group = group("speechless")) {
            group.finish();
        }
        awaitLog("could not close its resources: Plug$");
        try (TestCoordinator group = group("!")) {
            group.items("{\"text\":\"lethal\"}");
            CallException lost = assertThrows(CallException.class, () -> group.read(1));
            said.add(String.valueOf(lost.getMessage()));
        }
        Eventually.holds("recycles", () -> !recycled.isEmpty(), () -> log);
        said.addAll(recycled);
        worker.close(); // its threads end, with whatever they say
        worker = worker();
        said.add(overseer.heartbeat.toString());
        said.add(overseer.applied.toString());
        said.add(log.toString(StandardCharsets.UTF_8));
        assertEquals(List.of(), said.stream().filter(text -> text.contains("cana")).toList());
        assertTrue(said.getFirst().contains("with (secret)"), said.getFirst());
        assertTrue(said.getLast().contains("(secret)"), said.getLast());
        assertTrue(said.getLast().contains("an error of the virtual machine"), said.getLast());
    }

    @Test
    void theNameOfAThreadThatAPluginLeftHasNone() throws Exception {
        try (TestCoordinator group = group("!")) {
            group.items("{\"text\":\"leave\"}");
            group.finish();
        }
        overseer.plan(one);
        Eventually.holds(
                "it is found",
                () -> overseer.status(talkative.version()).getText().contains("thread \"left with"),
                () -> overseer.heartbeat);
        String text = overseer.status(talkative.version()).getText();
        assertTrue(text.contains("thread \"left with (secret)(secret)\""), text);
        awaitLog("left with (secret)(secret)");
        assertFalse(log.toString(StandardCharsets.UTF_8).contains("cana"));
    }

    @Test
    void aSecretThatIsNotOnThisWorkerRefusesTheGroupHere() throws Exception {
        String text = refused("!", "nobody-knows", Kind.INVALID);
        assertTrue(
                text.startsWith(
                        "configuration: named: secret \"nobody-knows\": not on this worker"
                            + " (expected: a file of that name in the folder plug of its secrets)"),
                text);
        Files.writeString(secrets.resolve("plug").resolve("nobody-knows"), "now-here");
        try (TestCoordinator group =
                TestCoordinator.opened(
                        worker.endpoint(),
                        talkative.version(),
                        configuration("!", "nobody-knows"))) {
            group.items("{\"text\":\"a\"}");
            assertEquals("{\"text\":\"a!3.0.0\",\"times\":1}", group.finish().result(0));
        }
    }

    @Test
    void theSettingIsAFolderThatIsThere() {
        secrets = data.resolve("nowhere");
        SettingsException refused = assertThrows(SettingsException.class, () -> settings(4));
        assertEquals(
                "org.stagedpipe.worker: secrets: \""
                        + secrets
                        + "\" (expected: a folder with a folder for each plugin)",
                refused.getMessage());
    }

    private String refused(String suffix, String secret, @Nullable Kind kind) throws Exception {
        try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
            group.open(talkative.version(), configuration(suffix, secret));
            CallException refused = assertThrows(CallException.class, group::awaitOpened);
            if (kind != null) {
                assertEquals(kind, refused.kind());
            }
            return refused.getMessage();
        }
    }

    private TestCoordinator group(String suffix) throws Exception {
        return TestCoordinator.opened(
                worker.endpoint(), talkative.version(), configuration(suffix, "db-password"));
    }

    private static String configuration(String suffix, String secret) {
        return "{\"suffix\":\""
                + suffix
                + "\",\"named\":{\"$secret\":\""
                + secret
                + "\"},\"given\":\""
                + GIVEN
                + "\"}";
    }

    private void awaitLog(String text) throws Exception {
        Eventually.holds(
                text, () -> log.toString(StandardCharsets.UTF_8).contains(text), () -> log);
    }
}
