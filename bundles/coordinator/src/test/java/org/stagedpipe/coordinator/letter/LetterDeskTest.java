package org.stagedpipe.coordinator.letter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.ListDeadLettersRequest;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Who removes dead letters is told; all of them can be listed.
final class LetterDeskTest {

    private static final Endpoint ANY = new Endpoint("127.0.0.1", 0);

    @TempDir Path folder;
    private final List<String> told = new CopyOnWriteArrayList<>();

    @Test
    void saysWhoDropsThem() throws Exception {
        LetterBounds bounds = new LetterBounds(1, 1 << 20, 1 << 20, Duration.ofDays(1));
        Letters letters =
                new Letters(folder.resolve("letters"), bounds, Clock.systemUTC(), System::nanoTime);
        letters.open();
        try (Server server =
                        new LetterDesk(letters, drops(), told::add)
                                .at(Server.at(ANY, Security.loopbackOnly()))
                                .start();
                Connection connection = Connection.to(server.endpoint(), Security.loopbackOnly())) {
            drop(connection, "ann\nforged");
            drop(connection, "");
        }
        String begin = "dead letters of group " + "00".repeat(16) + " (there are none) dropped by ";
        assertEquals(2, told.size());
        assertTrue(
                told.get(0).startsWith(begin + "ann?forged (not proven), 127.0.0.1:"), told.get(0));
        assertTrue(told.get(1).startsWith(begin + "unknown (not proven), 127."), told.get(1));
    }

    @Test
    void listsMoreThanOneMessageHolds() throws Exception {
        LetterBounds bounds = new LetterBounds(1, 1 << 20, 1 << 20, Duration.ofDays(1));
        Letters letters =
                new Letters(folder.resolve("letters"), bounds, Clock.systemUTC(), System::nanoTime);
        String client = "c".repeat(5 << 10);
        for (int i = 0; i < Letters.MAX_NOTES; i++) {
            ByteString group =
                    ByteString.copyFrom(ByteBuffer.allocate(16).putInt(i).flip().limit(16));
            letters.miss(letters.keeper(group, PluginVersion::getDefaultInstance, client));
        }
        try (Server server =
                        new LetterDesk(letters, drops())
                                .at(Server.at(ANY, Security.loopbackOnly()))
                                .start();
                Connection connection = Connection.to(server.endpoint(), Security.loopbackOnly())) {
            List<DeadLetterGroup> listed =
                    connection.list(
                            Rpcs.LIST_DEAD_LETTERS,
                            ListDeadLettersRequest.getDefaultInstance(),
                            Duration.ofMinutes(1));
            assertEquals(letters.list(), listed);
            assertEquals(Letters.MAX_NOTES, listed.size());
        }
    }

    private Drops drops() {
        return new Drops(folder, Clock.systemUTC());
    }

    private static void drop(Connection connection, String operator) throws Exception {
        DropDeadLettersRequest request =
                DropDeadLettersRequest.newBuilder()
                        .setGroup(ByteString.copyFrom(new byte[16]))
                        .setOperator(operator)
                        .build();
        connection.call(Rpcs.DROP_DEAD_LETTERS, request, Duration.ofSeconds(10));
    }
}
