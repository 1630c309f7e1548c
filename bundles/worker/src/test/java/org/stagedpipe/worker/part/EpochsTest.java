package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;
import java.util.Set;

class EpochsTest {

    private final Epochs<String> epochs = new Epochs<>();
    private final ByteString group = ByteString.copyFromUtf8("long");
    private final ByteString version = ByteString.copyFromUtf8("version");
    private final ByteString next = ByteString.copyFromUtf8("next");

    @Test
    void remembersTheLastGroupsOnlyWhileAnOlderOneIsOpen() throws Exception {
        enter(open(7, version), "open");
        for (int i = 0; i < Epochs.MAX_ENDED + 100; i++) {
            ByteString other = ByteString.copyFromUtf8("group " + i);
            enter(open(0, version).setGroup(other), "part");
            epochs.over(other, "part");
        }
        assertEquals(1 + Epochs.MAX_ENDED, epochs.size());
        refused(Kind.CONFLICT, open(6, version));
    }

    @Test
    void theEpochOfAPartThatIsOverIsNotForgotten() throws Exception {
        assertEquals(List.of(), enter(open(1, version), "first"));
        assertEquals(List.of("first"), enter(open(2, version), "second"));
        epochs.over(group, "first"); // which is not the newest
        assertEquals(List.of("second"), enter(open(2, version), "third"));
        epochs.over(group, "third");
        refused(Kind.CONFLICT, open(1, version));
        assertEquals(List.of(), enter(open(2, version), "fourth"));
    }

    @Test
    void aFollowingGroupHasPartsOnTwoVersions() throws Exception {
        enter(open(1, version), "first");
        assertEquals(List.of(), enter(open(1, next), "ahead"));
        epochs.over(group, "first");
        assertEquals(List.of("ahead"), enter(open(1, next), "again"));
        assertEquals(List.of(), enter(open(1, version), "back"));
        assertEquals(Set.of("again", "back"), Set.copyOf(enter(open(2, version), "elsewhere")));
        refused(Kind.CONFLICT, open(1, next));
    }

    @Test
    void theHigherOpeningOfOneCoordinatorStaysWhicheverComesLast() throws Exception {
        enter(open(3, version).setOpening(7), "newer");
        refused(Kind.UNREACHABLE, open(3, version).setOpening(6));
        assertEquals(List.of(), enter(open(3, next).setOpening(5), "on another version"));
        Epochs.Ended<String> ended = epochs.enter(open(3, version).setOpening(8).build(), "last");
        assertEquals(List.of("newer"), ended.parts());
        assertEquals(Kind.UNREACHABLE, ended.why().kind(), "CONFLICT would end the group");
        epochs.over(group, "on another version");
        assertEquals(List.of("last"), enter(open(4, version).setOpening(1), "of a higher epoch"));
    }

    @Test
    void anotherCoordinatorWithTheSameEpochTakesTheGroup() throws Exception {
        enter(open(3, version).setOpening(7), "first");
        Epochs.Ended<String> ended =
                epochs.enter(open(3, version).setCoordinator("c2").setOpening(1).build(), "other");
        assertEquals(List.of("first"), ended.parts());
        assertEquals(Kind.CONFLICT, ended.why().kind());
    }

    private OpenWork.Builder open(long epoch, ByteString of) {
        return OpenWork.newBuilder()
                .setGroup(group)
                .setEpoch(epoch)
                .setCoordinator("c1")
                .setPlugin(PluginVersion.newBuilder().setSha256(of));
    }

    /// @return the parts that end for it
    private List<String> enter(OpenWork.Builder open, String part) throws CallException {
        return epochs.enter(open.build(), part).parts();
    }

    private void refused(Kind kind, OpenWork.Builder open) {
        CallException why =
                assertThrows(CallException.class, () -> epochs.enter(open.build(), "late"));
        assertEquals(kind, why.kind());
    }
}
