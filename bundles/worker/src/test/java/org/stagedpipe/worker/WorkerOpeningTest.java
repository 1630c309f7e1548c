package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.Heartbeat;

import java.util.Map;

/// A part that is given up while the plugin opens it, and pipelines on threads that the plugin chooses.
@Timeout(60)
class WorkerOpeningTest extends OneWorker {

    private static final String BLOCK =
            """
            while (System.getProperty("plug.%s") == null) {
                Thread.sleep(5);
            }
            """;

    @Test
    void aPartThatIsGivenUpWhileItOpensIsThereUntilThePluginHasClosedIt() throws Exception {
        PluginJar slow =
                PluginJar.of(
                        "3.0.0",
                        Map.of(
                                "/*OPEN*/",
                                BLOCK.formatted("opens"),
                                "public void close(Resources resources) {\n"
                                        + "        note(\"close\");",
                                "public void close(Resources resources) throws Exception {\n"
                                        + "        note(\"close\");\n"
                                        + BLOCK.formatted("closes")),
                        Map.of());
        overseer.has(slow);
        overseer.plan(slow);
        overseer.awaitApplied();
        try (TestCoordinator group = new TestCoordinator(worker.endpoint())) {
            group.open(slow.version(), OPEN);
            Eventually.holds("it opens", () -> noted("open") == 1, () -> overseer.heartbeat);
            group.cancel("enough");
            Eventually.holds("it counts", () -> groups() == 1, () -> overseer.heartbeat);
            System.setProperty("plug.opens", "now");
            Eventually.holds("it closes", () -> noted("close") == 1, () -> overseer.heartbeat);
            for (int i = 0; i < 3; i++) {
                Heartbeat before = overseer.heartbeat;
                Eventually.holds("next", () -> overseer.heartbeat != before, () -> before);
                assertEquals(1, groups());
            }
            System.setProperty("plug.closes", "now");
            Eventually.holds("it is over", () -> groups() == 0, () -> overseer.heartbeat);
        }
        assertEquals(1, noted("close"));
    }

    private int groups() {
        return overseer.heartbeat.getLoad().getGroups();
    }

    @Test
    void pipelinesRunOnTheThreadsThatThePluginAsksFor() throws Exception {
        String tells =
                "new Text(\n                        Thread.currentThread().isVirtual() + \" \" +";
        PluginJar virtual =
                PluginJar.of(
                        "4.0.0",
                        Map.of("new Text(\n                        data", tells + " data"),
                        Map.of());
        PluginJar platform =
                PluginJar.of(
                        "5.0.0",
                        Map.of(
                                "new Text(\n                        data",
                                tells + " data",
                                "@Activate",
                                "@Override\n"
                                    + "    public Options options() {\n"
                                    + "        return Options.defaults().withPlatformThreads();\n"
                                    + "    }\n\n"
                                    + "    @Activate"),
                        Map.of());
        overseer.has(virtual);
        overseer.has(platform);
        overseer.plan(virtual, platform);
        overseer.awaitApplied();
        assertEquals("{\"text\":\"true good!4.0.0\",\"times\":1}", answer(virtual));
        assertEquals("{\"text\":\"false good!5.0.0\",\"times\":1}", answer(platform));
    }

    private String answer(PluginJar jar) throws Exception {
        try (TestCoordinator group = group(jar)) {
            group.items("{\"text\":\"good\"}");
            group.read(1);
            return group.result(0);
        }
    }
}
