package org.stagedpipe.transport.node;

import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.Servers;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// An overseer that welcomes each node, then sends what the test gives it.
final class TestOverseer implements AutoCloseable {
    final BlockingQueue<NodeReport> reports = new LinkedBlockingQueue<>();
    final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    final BlockingQueue<Exchange<NodeOrder, NodeReport>> members = new LinkedBlockingQueue<>();
    final Server server;

    TestOverseer(Endpoint at, long epoch) throws CallException {
        this(at, epoch, 0);
    }

    TestOverseer(Endpoint at, long epoch, long catalogue) throws CallException {
        server =
                Servers.overseer(
                                at,
                                Security.loopbackOnly(),
                                request -> OverseerInfo.getDefaultInstance(),
                                stream -> attend(stream, epoch, catalogue))
                        .start();
    }

    private void attend(Exchange<NodeOrder, NodeReport> stream, long epoch, long catalogue)
            throws CallException, InterruptedException {
        NodeReport report = stream.next();
        if (epoch >= 0) {
            stream.send(welcomed(epoch, catalogue));
        }
        members.add(stream);
        try {
            for (; report != null; report = stream.next()) {
                reports.add(report);
            }
            ends.add("complete");
        } catch (CallException e) {
            ends.add(e.kind().name());
            throw e;
        }
    }

    Endpoint endpoint() {
        return server.endpoint();
    }

    NodeReport next(NodeReport.MessageCase kind) throws InterruptedException {
        NodeReport report = reports.take();
        while (report.getMessageCase() != kind) {
            report = reports.take();
        }
        return report;
    }

    @Override
    public void close() {
        server.close();
    }

    static NodeOrder welcomed(long epoch, long catalogue) {
        return NodeOrder.newBuilder()
                .setWelcome(
                        Welcome.newBuilder()
                                .setEpoch(epoch)
                                .setCatalogue(catalogue)
                                .setHeartbeatMs(10)
                                .setLeaseMs(60_000))
                .build();
    }
}
