package org.stagedpipe.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.StringValue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.PluginStatus.State;

import java.util.Map;

/// Plugins whose items are not JSON.
@Timeout(120)
class WorkerCodecTest extends OneWorker {

    /// Its items are messages of protobuf, which it carries itself.
    private static final String SOURCE =
            """
            package plug;

            import com.google.protobuf.StringValue;
            import org.osgi.service.component.annotations.Component;
            import org.stagedpipe.api.*;

            import java.io.IOException;
            import java.io.InputStream;
            import java.io.OutputStream;
            import java.util.Optional;

            @Component(service = Plugin.class)
            @PluginName("plug")
            public final class Plug implements Plugin<StringValue, Void, String> {

                private final Stage<StringValue, String> add = stage("add", this::add);

                @Override
                public StateMachine<StringValue, String> stateMachine() {
                    return StateMachine.of(add);
                }

                @Override
                public String open(Void configuration) {
                    return "!";
                }

                @Override
                public Optional<Codec<StringValue>> dataCodec() {
                    return Optional.of(
                            new Codec<>() {
                                @Override
                                public StringValue decode(InputStream in) throws IOException {
                                    return StringValue.parseFrom(in);
                                }

                                @Override
                                public void encode(StringValue value, OutputStream out)
                                        throws IOException {
                                    value.writeTo(out);
                                }
                            });
                }

                private Stage<StringValue, String> add(Request<StringValue, String> request) {
                    String text = request.data().getValue() + request.resources();
                    request.data(StringValue.newBuilder().setValue(text).build());
                    return end();
                }
            }
            """;

    @Test
    void runsMessagesOfProtobufAndLetsGoOfTheirClasses() throws Exception {
        PluginJar jar =
                PluginJar.compiled(
                        "1.1.0", SOURCE, Map.of("-conditionalpackage", "com.google.protobuf*"));
        overseer.has(jar);
        overseer.plan(one, jar);
        assertEquals(State.READY, overseer.awaitApplied().getPlugins(1).getState());
        try (TestCoordinator group = TestCoordinator.opened(worker.endpoint(), jar.version(), "")) {
            group.items("\n\u0001a", "no message"); // field 1, one byte
            group.finish();
            assertEquals(StringValue.of("a!"), StringValue.parseFrom(group.results.get(0L)));
            ItemFault fault = group.faults.get(1L);
            assertTrue(
                    fault != null && fault.getKind() == ItemFault.Kind.BAD_DATA,
                    () -> "" + group.faults);
        }
        overseer.plan(one);
        overseer.awaitStatus(jar.version(), State.UNLOADED);
        assertEquals(0, overseer.heartbeat.getLoad().getLeakedLoaders());
    }
}
