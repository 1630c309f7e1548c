package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What operators are told of an overseer's disk.
class DiskTest extends OneOverseer {

    @Test
    void saysWhoseDiskWhereAndHowMuchRoomThereIs() {
        CallException failure =
                new Disk("o7", data)
                        .failed("fish.jar", 4_711, new IOException("No space left on device"));
        assertEquals(Kind.INTERNAL, failure.kind());
        assertTrue(
                failure.getMessage()
                        .matches(
                                "fish\\.jar: the disk of overseer o7, folder "
                                        + data
                                        + ": No space left on device, [1-9][0-9]* bytes are free"
                                        + " \\(expected: 4711\\)"),
                failure.getMessage());
        assertEquals(1, TestLog.warnings("overseer o7").size());
    }

    @Test
    void anUploadThatTheDiskDoesNotTakeIsInTheAuditLog() throws Exception {
        Path incoming = data.resolve("blobs").resolve("incoming");
        Files.delete(incoming);
        Files.createFile(incoming); // no file can be made in it
        CallException failure = refused(() -> cluster.operator.install(FISH));
        assertEquals(Kind.INTERNAL, failure.kind());
        String begin = "test.jar: the disk of overseer o1, folder " + data.resolve("blobs");
        assertTrue(failure.getMessage().startsWith(begin), failure.getMessage());
        assertTrue(
                failure.getMessage().endsWith(" (expected: " + FISH.bytes().length + ")"),
                failure.getMessage());
        assertEquals(1, TestLog.warnings(begin).size());
        AuditEntry entry = cluster.operator.audit("").getLast();
        assertEquals("install", entry.getAction());
        assertEquals("ann", entry.getOperator());
        assertEquals("failed", entry.getResult());
        assertEquals(failure.getMessage(), entry.getText());
    }

    @Test
    void aNodeListSaysHowMuchRoomThereIs() throws Exception {
        long free = cluster.nodes().getFirst().getDiskFreeBytes();
        assertTrue(free > 0 && free <= data.toFile().getTotalSpace(), "free: " + free);
    }
}
