package org.stagedpipe.testkit;

import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Hooks;
import org.stagedpipe.engine.Pipelines;
import org.stagedpipe.engine.PipelinesBuilder;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/// Opens a plugin as a worker does, in this process and without a container. An item whose next stage is not in the plugin's state machine
/// fails here; a worker, which does not look at that, runs the stage.
///
/// ```java
/// try (var group = PluginTestkit.open(new BirdStrikes(), LoadConfig.of("jdbc:h2:mem:test", null, null, "strikes"))) {
///     Outcome<Batch> outcome = group.run(new Lines(lines));
/// }
/// ```
public final class PluginTestkit {

    private PluginTestkit() {}

    /// Opens one request group on the plugin, with its resources made from that configuration and its options.
    ///
    /// @throws Exception what [Plugin#open] throws
    public static <D, C, R> TestGroup<D, R> open(Plugin<D, C, R> plugin, C configuration)
            throws Exception {
        Pipelines<D, R> pipelines = pipelines(plugin);
        try {
            R resources = plugin.open(configuration);
            return new TestGroup<>(pipelines, resources, () -> plugin.close(resources));
        } catch (Throwable e) { // whatever the author's code throws, no thread stays
            pipelines.close();
            throw e;
        }
    }

    private static <D, R> Pipelines<D, R> pipelines(Plugin<D, ?, R> plugin) {
        PipelinesBuilder<D, R> builder =
                Pipelines.of(plugin.stateMachine())
                        .options(
                                plugin.options(),
                                Pipelines.defaultParallelism(
                                        Runtime.getRuntime().availableProcessors()))
                        .strict()
                        .name("testkit")
                        .hooks(new AsOnAWorker<>(plugin));
        return builder.open();
    }

    /// What the plugin wants done for each item, and what no codec encodes.
    private record AsOnAWorker<D, R>(Plugin<D, ?, R> plugin) implements Hooks<D, R> {

        @Override
        public void enter(AttachedRequest<D, R> request) throws Exception {
            plugin.setup(request);
        }

        @Override
        public void leave(AttachedRequest<D, R> request) throws FaultException {
            if (request.data() == null) {
                try {
                    encodeNothing(request.data());
                } catch (IOException e) {
                    throw new FaultException(
                            Fault.Kind.BAD_RESULT, String.valueOf(e.getMessage()), false);
                }
            }
        }

        /// What JSON has no value for; a codec of the plugin's own may have bytes.
        private void encodeNothing(D nothing) throws IOException {
            Optional<Codec<D>> own = plugin.dataCodec();
            if (own.isEmpty()) {
                throw new IOException("the last stage left no data (expected: a value)");
            }
            own.get().encode(nothing, OutputStream.nullOutputStream());
        }
    }
}
