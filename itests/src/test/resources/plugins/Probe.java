package org.example.probe;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Secret;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** Says which version of it and of its library served an item; fails, waits and refuses when told to. */
@Component(service = Plugin.class)
@PluginName("@NAME@")
public final class Probe implements Plugin<Probe.Item, Probe.Config, Probe.Resources> {

    public record Item(
            String text, String servedBy, String library, long waitMs, boolean fail, int attempt) {}

    /**
     * The journal gets a line for each item whose work begins: the process, the item. Another file beside it, one for each whose work
     * is interrupted: the item, when. An item "heavy" takes 120 MiB of heap for as long as it waits; an item "busy" keeps a core busy
     * instead of waiting.
     */
    public record Config(String refuse, String label, String journal, Secret password) {}

    public record Resources(String label, String journal, Secret password) {}

    private final Stage<Item, Resources> check = stage("check", this::check);
    private final Stage<Item, Resources> work = stage("work", this::work);

    public Probe() throws InterruptedException {
        if ("@VERSION@".endsWith(".broken")) {
            throw new IllegalStateException("@VERSION@ does not start");
        }
        if ("@VERSION@".endsWith(".hanging")) {
            new java.util.concurrent.CountDownLatch(1).await();
        }
        if ("@VERSION@".endsWith(".leaking")) {
            Thread.ofPlatform().daemon().name("forgotten").start(Probe::waitForEver);
        }
    }

    private static void waitForEver() {
        while (true) {
            java.util.concurrent.locks.LockSupport.park();
        }
    }

    @Override
    public StateMachine<Item, Resources> stateMachine() {
        return StateMachine.of(check, work);
    }

    @Override
    public Resources open(Config config) {
        if (config.refuse() != null) {
            throw new IllegalStateException("refused: " + config.refuse());
        }
        return new Resources(config.label(), config.journal(), config.password());
    }

    private Stage<Item, Resources> check(Request<Item, Resources> request) {
        boolean hasBug = "@VERSION@".endsWith(".buggy") && request.data().text().endsWith("7");
        if (request.data().fail() || hasBug || "@VERSION@".endsWith(".faulty")) {
            Secret password = request.resources().password();
            throw new IllegalStateException(
                    "told to fail: "
                            + request.data().text()
                            + (password == null ? "" : ", in spite of " + password.reveal()));
        }
        return work;
    }

    private Stage<Item, Resources> work(Request<Item, Resources> request)
            throws InterruptedException, IOException {
        Item item = request.data();
        String journal = request.resources().journal();
        byte[] ballast = new byte[item.text().equals("heavy") ? 120 << 20 : 0];
        if (ballast.length > 0) {
            System.gc(); // or nobody sees yet that it is there
        }
        if (journal != null) {
            Files.writeString(
                    Path.of(journal),
                    ProcessHandle.current().pid() + " " + item.text() + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
        if (item.text().equals("busy")) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < Duration.ofMillis(item.waitMs()).toNanos()) {
                Thread.onSpinWait();
            }
            return end();
        }
        try {
            Thread.sleep(Duration.ofMillis("@VERSION@".endsWith(".slow") ? 3_000 : item.waitMs()));
        } catch (InterruptedException e) {
            if (journal != null) {
                Files.writeString(
                        Path.of(journal + ".interrupts"),
                        item.text() + " " + System.currentTimeMillis() + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
            throw e;
        }
        request.data(
                new Item(
                        item.text(),
                        "@VERSION@",
                        org.example.library.Library.version(),
                        item.waitMs(),
                        false,
                        request.attempt()));
        Reference.reachabilityFence(ballast);
        return end();
    }
}
