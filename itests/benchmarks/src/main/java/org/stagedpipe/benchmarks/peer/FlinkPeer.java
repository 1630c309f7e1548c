package org.stagedpipe.benchmarks.peer;

import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.stagedpipe.benchmarks.dataplane.plugin.Reading;
import org.stagedpipe.benchmarks.dataplane.plugin.Steps;

import java.time.Duration;

/// Apache Flink: a mini cluster that stays for all jobs; steps are chained and hand objects on as they are.
final class FlinkPeer implements Peer {

    private static final TypeInformation<byte[]> BYTES =
            PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

    private final int parallelism = Runtime.getRuntime().availableProcessors();
    private final MiniCluster cluster =
            new MiniCluster(
                    new MiniClusterConfiguration.Builder()
                            .setConfiguration(new Configuration())
                            .setNumTaskManagers(1)
                            .setNumSlotsPerTaskManager(parallelism)
                            .withRandomPorts()
                            .build());

    FlinkPeer() throws Exception {
        cluster.start();
    }

    @Override
    public Duration run(long items) throws Exception {
        StreamExecutionEnvironment job =
                StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
        job.setParallelism(parallelism);
        job.getConfig().enableObjectReuse();
        TypeInformation<Reading> readings = TypeInformation.of(Reading.class);
        job.fromSequence(1, items)
                .map(_ -> Job.item())
                .returns(BYTES)
                .map(Job::read)
                .returns(readings)
                .map(Steps::calibrate)
                .returns(readings)
                .map(Steps::judge)
                .returns(readings)
                .map(Steps::count)
                .returns(readings)
                .map(Job::write)
                .returns(BYTES)
                .map(FlinkPeer::done)
                .returns(BYTES)
                .sinkTo(new DiscardingSink<>());
        JobExecutionResult result = cluster.executeJobBlocking(job.getStreamGraph().getJobGraph());
        return Duration.ofMillis(result.getNetRuntime());
    }

    private static byte[] done(byte[] result) {
        Job.done(result);
        return result;
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }
}
