package org.stagedpipe.itests.faults;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.GroupBuilder;
import org.stagedpipe.client.ResumeToken;
import org.stagedpipe.client.StagedpipeClient;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;

/// A client's program that may be killed at any time: one line in its file is the effect of an outcome and the token
/// after it, written at once. Started again, it goes on after its last line. [ClientProcess] starts and kills it.
final class StoringClient {

    private static final int ITEM_BYTES = 200;
    private static final int WORK_MS = 100;
    private static final int WINDOW = 32;

    /// What a run of it is about.
    ///
    /// @param effects its file, a line an outcome: sequence, bytes of the answer, version, token
    record Task(String overseer, Path effects, boolean ordered, long seed, int items) {

        static Task read(String[] words) {
            return new Task(
                    words[0],
                    Path.of(words[1]),
                    Boolean.parseBoolean(words[2]),
                    Long.parseLong(words[3]),
                    Integer.parseInt(words[4]));
        }

        byte[] item(long sequence) {
            return EchoItem.of(seed, sequence, ITEM_BYTES, WORK_MS);
        }
    }

    private StoringClient() {}

    /// Runs to the group's end.
    ///
    /// @param words of a task
    public static void main(String[] words) throws Exception {
        Task task = Task.read(words);
        ResumeToken token = last(task.effects());
        GroupBuilder builder =
                StagedpipeClient.connect(task.overseer())
                        .group(EchoItem.PLUGIN)
                        .window(WINDOW, 1 << 20);
        if (task.ordered()) {
            builder.ordered();
        }
        if (token != null) {
            builder.resume(token);
        }
        try (Group group = builder.open();
                FileChannel file =
                        FileChannel.open(
                                task.effects(),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.APPEND)) {
            Thread.ofVirtual().name("client-submit").start(() -> submit(task, token, group));
            for (@Nullable Outcome<byte[]> next = group.take(); next != null; next = group.take()) {
                file.write(ByteBuffer.wrap(line(group, next).getBytes(StandardCharsets.US_ASCII)));
            }
        }
    }

    private static void submit(Task task, @Nullable ResumeToken token, Group group) {
        try {
            for (long sequence = 0; sequence < task.items(); sequence++) {
                if (token == null || !token.isDone(sequence)) {
                    long given = group.submit(task.item(sequence));
                    if (given != sequence) {
                        throw new IllegalStateException(
                                "sequence " + given + " (expected: " + sequence + ")");
                    }
                }
            }
            group.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static String line(Group group, Outcome<byte[]> outcome) {
        byte[] bytes = outcome instanceof Outcome.Ok<byte[]> ok ? ok.data() : new byte[0];
        return outcome.sequence()
                + " "
                + Base64.getEncoder().encodeToString(bytes)
                + " "
                + group.version()
                + " "
                + group.token()
                + "\n";
    }

    private static @Nullable ResumeToken last(Path effects) throws IOException {
        if (!Files.exists(effects)) {
            return null;
        }
        var lines = Files.readAllLines(effects);
        return lines.isEmpty() ? null : ResumeToken.parse(lines.getLast().split(" ", -1)[3]);
    }
}
