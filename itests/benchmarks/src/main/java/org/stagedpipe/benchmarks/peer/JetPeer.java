package org.stagedpipe.benchmarks.peer;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.pipeline.BatchSource;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.SinkBuilder;
import com.hazelcast.jet.pipeline.SourceBuilder;

import org.stagedpipe.benchmarks.dataplane.plugin.Steps;

import java.time.Duration;

/// Hazelcast Jet: one member that talks to nobody. Its steps are fused into one, on as many threads as there are
/// processors.
final class JetPeer implements Peer {

    private static final int ITEMS_A_FILL = 256;

    private final HazelcastInstance member;
    private final int parallelism = Runtime.getRuntime().availableProcessors();

    JetPeer() {
        Config config = new Config();
        config.setProperty("hazelcast.logging.type", "none");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getJetConfig().setEnabled(true).setCooperativeThreadCount(parallelism);
        config.getNetworkConfig().setPublicAddress("127.0.0.1").setPort(0);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        member = Hazelcast.newHazelcastInstance(config);
    }

    @Override
    public Duration run(long items) {
        Pipeline pipeline = Pipeline.create();
        pipeline.readFrom(source(items))
                .map(Job::read)
                .map(Steps::calibrate)
                .map(Steps::judge)
                .map(Steps::count)
                .map(Job::write)
                .writeTo(sink());
        JobConfig config =
                new JobConfig()
                        .setProcessingGuarantee(ProcessingGuarantee.NONE)
                        .setMetricsEnabled(false);
        long begin = System.nanoTime();
        member.getJet().newJob(pipeline, config).join();
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private BatchSource<byte[]> source(long items) {
        return SourceBuilder.batch(
                        "items",
                        context ->
                                new long[] {
                                    share(
                                            items,
                                            context.globalProcessorIndex(),
                                            context.totalParallelism())
                                })
                .<byte[]>fillBufferFn((left, buffer) -> {
                    for (int i = 0; i < ITEMS_A_FILL && left[0] > 0; i++, left[0]--) {
                        buffer.add(Job.item());
                    }
                    if (left[0] == 0) {
                        buffer.close();
                    }
                })
                .distributed(parallelism)
                .build();
    }

    /// How many items one of so many sources brings: the first ones bring what is left over.
    static long share(long items, int source, int sources) {
        return items / sources + (source < items % sources ? 1 : 0);
    }

    private Sink<byte[]> sink() {
        return SinkBuilder.sinkBuilder("results", context -> "")
                .<byte[]>receiveFn((_, result) -> Job.done(result))
                .preferredLocalParallelism(parallelism)
                .build();
    }

    @Override
    public void close() {
        member.shutdown();
    }
}
