package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.transport.CallException;

class EpochsTest {

    private final Epochs<String> epochs = new Epochs<>();
    private final ByteString group = ByteString.copyFromUtf8("long");

    @Test
    void remembersTheLastGroupsOnlyWhileAnOlderOneIsOpen() throws Exception {
        epochs.enter(group, 7, "open");
        for (int i = 0; i < Epochs.MAX_ENDED + 100; i++) {
            ByteString other = ByteString.copyFromUtf8("group " + i);
            epochs.enter(other, 0, "part");
            epochs.over(other, "part");
        }
        assertEquals(1 + Epochs.MAX_ENDED, epochs.size());
        assertThrows(CallException.class, () -> epochs.enter(group, 6, "older"));
    }

    @Test
    void theEpochOfAPartThatIsOverIsNotForgotten() throws Exception {
        assertNull(epochs.enter(group, 1, "first"));
        assertEquals("first", epochs.enter(group, 2, "second"));
        epochs.over(group, "first"); // which is not the newest
        assertEquals("second", epochs.enter(group, 2, "third"));
        epochs.over(group, "third");
        assertThrows(CallException.class, () -> epochs.enter(group, 1, "older"));
        assertNull(epochs.enter(group, 2, "fourth"));
    }
}
