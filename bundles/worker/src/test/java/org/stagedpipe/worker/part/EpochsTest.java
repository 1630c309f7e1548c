package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.transport.CallException;

import java.util.List;
import java.util.Set;

class EpochsTest {

    private final Epochs<String> epochs = new Epochs<>();
    private final ByteString group = ByteString.copyFromUtf8("long");
    private final ByteString version = ByteString.copyFromUtf8("version");

    @Test
    void remembersTheLastGroupsOnlyWhileAnOlderOneIsOpen() throws Exception {
        epochs.enter(group, 7, version, "open");
        for (int i = 0; i < Epochs.MAX_ENDED + 100; i++) {
            ByteString other = ByteString.copyFromUtf8("group " + i);
            epochs.enter(other, 0, version, "part");
            epochs.over(other, "part");
        }
        assertEquals(1 + Epochs.MAX_ENDED, epochs.size());
        assertThrows(CallException.class, () -> epochs.enter(group, 6, version, "older"));
    }

    @Test
    void theEpochOfAPartThatIsOverIsNotForgotten() throws Exception {
        assertEquals(List.of(), epochs.enter(group, 1, version, "first"));
        assertEquals(List.of("first"), epochs.enter(group, 2, version, "second"));
        epochs.over(group, "first"); // which is not the newest
        assertEquals(List.of("second"), epochs.enter(group, 2, version, "third"));
        epochs.over(group, "third");
        assertThrows(CallException.class, () -> epochs.enter(group, 1, version, "older"));
        assertEquals(List.of(), epochs.enter(group, 2, version, "fourth"));
    }

    @Test
    void aFollowingGroupHasPartsOnTwoVersions() throws Exception {
        ByteString next = ByteString.copyFromUtf8("next");
        epochs.enter(group, 1, version, "first");
        assertEquals(List.of(), epochs.enter(group, 1, next, "ahead"));
        epochs.over(group, "first");
        assertEquals(List.of("ahead"), epochs.enter(group, 1, next, "again"));
        assertEquals(List.of(), epochs.enter(group, 1, version, "back"));
        assertEquals(
                Set.of("again", "back"), Set.copyOf(epochs.enter(group, 2, version, "elsewhere")));
        assertThrows(CallException.class, () -> epochs.enter(group, 1, next, "older"));
    }
}
