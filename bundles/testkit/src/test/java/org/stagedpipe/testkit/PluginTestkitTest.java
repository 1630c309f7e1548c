package org.stagedpipe.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Options;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.Request;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;
import org.stagedpipe.engine.GroupClosedException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;

/// A plugin as its author tests it.
class PluginTestkitTest {

    @Test
    void runsAnItemThroughThePluginsStages() throws Exception {
        try (var group = PluginTestkit.open(new Adder(), new Config(40))) {
            assertEquals(new Outcome.Ok<>(0, 42), group.run(1));
        }
    }

    @Test
    void givesOutcomesInTheOrderOfTheItems() throws Exception {
        try (var group = PluginTestkit.open(new Adder(), new Config(1))) {
            List<Outcome<Integer>> outcomes = group.run(List.of(0, -1, 5));

            assertEquals(new Outcome.Ok<>(0, 2), outcomes.get(0));
            Fault fault = assertInstanceOf(Outcome.Failed.class, outcomes.get(1)).fault();
            assertEquals("IllegalArgumentException: negative: 0", fault.text());
            assertEquals("add", fault.stage());
            assertEquals(new Outcome.Ok<>(2, 7), outcomes.get(2));
        }
    }

    @Test
    void closesTheResourcesOnceWithTheGroup() throws Exception {
        var group = PluginTestkit.open(new Adder(), new Config(1));
        Sum sum = group.resources();
        assertFalse(sum.closed);
        group.close();
        group.close();
        assertTrue(sum.closed);
    }

    @Test
    void aConfigurationThatDoesNotOpenIsThrown() {
        var thrown =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> PluginTestkit.open(new Adder(), new Config(-1)));
        assertEquals("add: -1 (expected: >= 0)", thrown.getMessage());
    }

    @Test
    void respectsThePluginsOptions() throws Exception {
        try (var group = PluginTestkit.open(new Adder(), new Config(0))) {
            Fault fault = assertInstanceOf(Outcome.Failed.class, group.run(1)).fault();
            assertEquals("add -> add", fault.text());
        }
    }

    @Test
    void aStageThatIsNotInTheStateMachineIsAFault() throws Exception {
        try (var group = PluginTestkit.open(new Lost(), "")) {
            Fault fault = assertInstanceOf(Outcome.Failed.class, group.run(1)).fault();
            assertEquals(
                    "next stage: \"second\" is not in the state machine (expected: one of first,"
                            + " as the same object)",
                    fault.text());
            assertEquals("first", fault.stage());
        }
    }

    /// Its author forgot a stage.
    private static final class Lost implements Plugin<Integer, String, String> {
        private final Stage<Integer, String> second = stage("second", _ -> end());
        private final Stage<Integer, String> first = stage("first", _ -> second);

        @Override
        public StateMachine<Integer, String> stateMachine() {
            return StateMachine.of(first);
        }

        @Override
        public String open(String nothing) {
            return nothing;
        }
    }

    /// As on a worker, whose codec has nothing to encode.
    @Test
    void aLastStageThatLeavesNoDataIsAFault() throws Exception {
        try (var group = PluginTestkit.open(new Forgetful(), "")) {
            Fault fault = assertInstanceOf(Outcome.Failed.class, group.run(1)).fault();
            assertEquals(Fault.Kind.BAD_RESULT, fault.kind());
            assertEquals("the last stage left no data (expected: a value)", fault.text());
        }
    }

    /// As on a worker, which asks the plugin's codec.
    @Test
    void aCodecOfThePluginsOwnMayHaveBytesForNoData() throws Exception {
        Codec<Integer> codec =
                new Codec<>() {
                    @Override
                    public Integer decode(InputStream in) {
                        return 0;
                    }

                    @Override
                    public void encode(Integer data, OutputStream out) throws IOException {
                        out.write(0);
                    }
                };
        Forgetful plugin =
                new Forgetful() {
                    @Override
                    public Optional<Codec<Integer>> dataCodec() {
                        return Optional.of(codec);
                    }
                };
        try (var group = PluginTestkit.open(plugin, "")) {
            assertInstanceOf(Outcome.Ok.class, group.run(1));
        }
    }

    /// As on a worker, on a machine with one processor too.
    @Test
    void aPluginThatLeavesItToItsHostRunsAtLeastTwoItemsAtOnce() throws Exception {
        try (var group = PluginTestkit.open(new Pair(), "")) {
            for (Outcome<Integer> outcome : group.run(List.of(1, 2))) {
                assertInstanceOf(Outcome.Ok.class, outcome);
            }
        }
    }

    /// Else the next run would be given its outcome.
    @Test
    void aRunThatWasInterruptedCancelsTheGroup() throws Exception {
        try (var group = PluginTestkit.open(new Adder(), new Config(1))) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> group.run(1));
            var refused = assertThrows(GroupClosedException.class, () -> group.run(2));
            String text = String.valueOf(refused.getMessage());
            assertTrue(text.contains("was cancelled: a run was interrupted"), text);
        }
    }

    /// Leaves no data.
    static class Forgetful implements Plugin<Integer, String, String> {

        private final Stage<Integer, String> forget = stage("forget", this::forget);

        @Override
        public StateMachine<Integer, String> stateMachine() {
            return StateMachine.of(forget);
        }

        @Override
        public String open(String nothing) {
            return nothing;
        }

        @SuppressWarnings("NullAway") // as an author's mistake
        private Stage<Integer, String> forget(Request<Integer, String> request) {
            request.data(null);
            return end();
        }
    }

    /// An item waits for another one.
    static final class Pair implements Plugin<Integer, String, String> {

        private final CyclicBarrier both = new CyclicBarrier(2);
        private final Stage<Integer, String> meet = stage("meet", this::meet);

        @Override
        public StateMachine<Integer, String> stateMachine() {
            return StateMachine.of(meet);
        }

        @Override
        public String open(String nothing) {
            return nothing;
        }

        private Stage<Integer, String> meet(Request<Integer, String> request) throws Exception {
            both.await(10, TimeUnit.SECONDS);
            return end();
        }
    }

    /// The configuration.
    record Config(int add) {}

    /// The resources.
    static final class Sum implements AutoCloseable {

        private final int add;
        private boolean closed;

        Sum(int add) {
            this.add = add;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /// Adds what is configured, and one for each item; goes in circles if that is nothing.
    static final class Adder implements Plugin<Integer, Config, Sum> {

        private final Stage<Integer, Sum> add = stage("add", this::add);

        @Override
        public StateMachine<Integer, Sum> stateMachine() {
            return StateMachine.of(add);
        }

        @Override
        public Sum open(Config configuration) {
            if (configuration.add() < 0) {
                throw new IllegalArgumentException(
                        "add: " + configuration.add() + " (expected: >= 0)");
            }
            return new Sum(configuration.add());
        }

        @Override
        public void setup(Request<Integer, Sum> request) {
            request.data(request.data() + 1);
        }

        @Override
        public Options options() {
            return Options.defaults().withoutCycles().withParallelism(2);
        }

        private Stage<Integer, Sum> add(Request<Integer, Sum> request) {
            int add = request.resources().add;
            if (request.data() <= 0) {
                throw new IllegalArgumentException("negative: " + request.data());
            }
            request.data(request.data() + add);
            return add == 0 ? this.add : end();
        }
    }
}
