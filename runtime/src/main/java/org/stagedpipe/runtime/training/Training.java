package org.stagedpipe.runtime.training;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.console.admin.PublishListener;
import org.stagedpipe.protocol.v1.PublishBegin.Mode;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

/// Traffic through a cluster: single items, many small ones, large ones, for some seconds, so that the JDK learns which methods of its nodes are
/// busy, and how. On the calling thread, and one more for what is sent.
public final class Training {

    private static final int ALONE = 2_000; // items
    private static final int AT_ONCE = 1_000;
    private static final int SMALL_BYTES = 100;
    private static final int LARGE_BYTES = 64 << 10;
    private static final Duration OUTCOME_WITHIN = Duration.ofSeconds(30);
    private static final Duration SMALL_FOR = Duration.ofSeconds(10);
    private static final Duration LARGE_FOR = Duration.ofSeconds(2);

    private final String overseer;

    /// @param overseer where one serves, `host:port`, on the loopback interface
    public Training(String overseer) {
        this.overseer = overseer;
    }

    /// Installs a plugin and sends items to it.
    ///
    /// @param folder for the plugin's bundle
    /// @throws IOException if items fail
    public void run(Path folder) throws IOException, CallException, InterruptedException {
        try (AdminClient admin =
                AdminClient.connect(List.of(Endpoint.parse(overseer)), Security.loopbackOnly())) {
            admin.publish(Mode.INSTALL, EchoBundle.in(folder), null, PublishListener.none());
        }
        StagedpipeClient client = StagedpipeClient.connect(overseer);
        try (Group group = client.group(EchoBundle.NAME).open()) {
            for (int i = 0; i < ALONE; i++) {
                group.submit(new byte[SMALL_BYTES]);
                check(group.poll(OUTCOME_WITHIN));
            }
        }
        stream(client, Collections.nCopies(AT_ONCE, new byte[SMALL_BYTES]), SMALL_FOR);
        stream(client, List.of(new byte[LARGE_BYTES]), LARGE_FOR);
    }

    private static void stream(StagedpipeClient client, List<byte[]> items, Duration time)
            throws IOException, InterruptedException {
        Thread sender;
        try (Group group = client.group(EchoBundle.NAME).open()) {
            sender = Thread.ofVirtual().name("training").start(() -> send(group, items, time));
            for (Outcome<byte[]> outcome = group.poll(OUTCOME_WITHIN);
                    outcome != null;
                    outcome = group.poll(OUTCOME_WITHIN)) {
                check(outcome);
            }
            if (!group.isEnded()) {
                check(null);
            }
        }
        sender.join();
    }

    private static void send(Group group, List<byte[]> items, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        try {
            while (System.nanoTime() - end < 0) {
                group.submitAll(items);
            }
            group.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClientException e) {
            group.close(); // who takes the outcomes learns why
        }
    }

    private static void check(@Nullable Outcome<byte[]> outcome) throws IOException {
        if (!(outcome instanceof Outcome.Ok)) {
            throw new IOException(
                    "an item of " + EchoBundle.NAME + ": " + outcome + " (expected: its bytes)");
        }
    }
}
