package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.ListLibrariesRequest;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Rpcs;

import java.nio.file.Path;

/// An overseer that led, does not lead any more, and has not noticed.
class DeposedTest {

    private static final TestBundle FISH = TestBundle.of("fish", "1.0.0");

    @TempDir private Path data;

    @Test
    void itWritesNothingAndSendsOperatorsElsewhere() throws Exception {
        try (TestOverseer cluster = new TestOverseer(data)) {
            Operator operator = cluster.operator;
            operator.install(FISH);
            TestOverseer.store(data);

            assertSendsElsewhere(() -> operator.update(TestBundle.of("fish", "1.1.0")));
            assertSendsElsewhere(() -> operator.forget("o2"));
            assertSendsElsewhere(() ->
                    operator.ask(Rpcs.DELETE_LIBRARY, DeleteLibraryRequest.getDefaultInstance()));
            assertSendsElsewhere(
                    () -> operator.ask(Rpcs.CORDON_NODE, CordonNodeRequest.getDefaultInstance()));
            assertSendsElsewhere(() ->
                    operator.ask(
                            Rpcs.LABEL_VERSION,
                            LabelVersionRequest.newBuilder().setName("fish").build()));
            assertSendsElsewhere(() ->
                    operator.ask(
                            Rpcs.DESCRIBE_PLUGIN,
                            DescribePluginRequest.newBuilder().setName("fish").build()));
            assertSendsElsewhere(() ->
                    operator.list(Rpcs.LIST_PLUGINS, ListPluginsRequest.getDefaultInstance()));
            assertSendsElsewhere(() ->
                    operator.list(Rpcs.LIST_LIBRARIES, ListLibrariesRequest.getDefaultInstance()));
            assertSendsElsewhere(() -> operator.audit(""));
        }
    }

    /// Its coordinators would go by what the next term, which has read the store already, has told them.
    @Test
    void whatItBeganIsNotWrittenIfItHasTheLeadAgain() throws Exception {
        try (TestOverseer cluster = new TestOverseer(data)) {
            Operator operator = cluster.operator;
            operator.install(FISH);
            InMemoryEnsembles.reelect(data.resolve("store").toAbsolutePath().toString());
            CallException why =
                    assertThrows(
                            CallException.class,
                            () -> operator.update(TestBundle.of("fish", "1.1.0")));
            assertEquals("this overseer leads anew since", why.getMessage());
            assertEquals(Kind.UNREACHABLE, why.kind());
        }
    }

    private static void assertSendsElsewhere(Executable question) {
        CallException why = assertThrows(CallException.class, question);
        assertEquals("another overseer leads since", why.getMessage());
        assertEquals(Kind.UNREACHABLE, why.kind());
    }
}
