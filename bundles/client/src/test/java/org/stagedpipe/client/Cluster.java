package org.stagedpipe.client;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.GroupClosed;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.Outcomes;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.ExchangeHandler;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;
import org.stagedpipe.transport.UnaryHandler;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/// A real server on loopback that answers as an overseer and as a coordinator, both as the test says.
final class Cluster implements AutoCloseable {

    static final Endpoint ANY = new Endpoint("127.0.0.1", 0);
    static final int FRAME_BYTES = 64 << 10;
    static final int ITEM_BYTES = 1 << 20;

    private static final AtomicBoolean WARM = new AtomicBoolean();

    final BlockingQueue<AssignRequest> asked = new LinkedBlockingQueue<>();
    final BlockingQueue<OpenGroup> opens = new LinkedBlockingQueue<>();
    final Server server;

    /// What the coordinator does after it opened the group.
    interface Conduct {
        void serve(Exchange<GroupResponse, GroupRequest> client)
                throws CallException, InterruptedException;
    }

    private Cluster(
            UnaryHandler<AssignRequest, Assignment> assign,
            ExchangeHandler<GroupRequest, GroupResponse> process)
            throws CallException {
        server =
                Server.at(ANY, Security.loopbackOnly())
                        .unary(Rpcs.DESCRIBE, request -> OverseerInfo.getDefaultInstance())
                        .unary(
                                Rpcs.ASSIGN_COORDINATOR,
                                request -> {
                                    asked.add(request);
                                    return assign.answer(request);
                                })
                        .<NodeReport, NodeOrder>exchange(Rpcs.SUBSCRIBE, exchange -> {})
                        .exchange(
                                Rpcs.PROCESS,
                                exchange -> {
                                    GroupRequest open = exchange.next();
                                    if (open == null || !open.hasOpen()) {
                                        throw new CallException(Kind.INVALID, "no open");
                                    }
                                    opens.add(open.getOpen());
                                    process.converse(exchange);
                                })
                        .start();
        if (!WARM.getAndSet(true)) {
            warm();
        }
    }

    /// A client waits for a few seconds, in which a busy machine may not load all classes.
    private void warm() throws CallException {
        try (Connection connection = Connection.to(server.endpoint(), Security.loopbackOnly())) {
            connection.call(
                    Rpcs.DESCRIBE, DescribeRequest.getDefaultInstance(), Duration.ofSeconds(60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// One that opens each group and then does that.
    static Cluster that(Conduct conduct) throws CallException {
        return refusing(client -> {
            client.send(opened());
            conduct.serve(client);
        });
    }

    /// One that does that in place of opening.
    static Cluster refusing(ExchangeHandler<GroupRequest, GroupResponse> process)
            throws CallException {
        Cluster[] self = new Cluster[1];
        self[0] = new Cluster(request -> assignment("c1", self[0].server.endpoint()), process);
        return self[0];
    }

    /// One whose overseer answers that.
    static Cluster assigning(UnaryHandler<AssignRequest, Assignment> assign, Conduct conduct)
            throws CallException {
        return new Cluster(
                assign,
                client -> {
                    client.send(opened());
                    conduct.serve(client);
                });
    }

    static Assignment assignment(String name, Endpoint endpoint) {
        return Assignment.newBuilder()
                .setCoordinator(name)
                .setAddress(endpoint.toAddress())
                .build();
    }

    String address() {
        return server.endpoint().toString();
    }

    GroupBuilder group() {
        return StagedpipeClient.connect(address()).group("echo");
    }

    @Override
    public void close() {
        server.close();
    }

    static GroupResponse opened() {
        return GroupResponse.newBuilder()
                .setOpened(
                        GroupOpened.newBuilder()
                                .setPlugin(
                                        PluginVersion.newBuilder()
                                                .setName("echo")
                                                .setVersion("1.2.0"))
                                .setCoordinator("c1")
                                .setMaxFrameBytes(FRAME_BYTES)
                                .setMaxItemBytes(ITEM_BYTES))
                .build();
    }

    static GroupResponse closed(long accepted, long ok, long failed, long aborted) {
        return GroupResponse.newBuilder()
                .setClosed(
                        GroupClosed.newBuilder()
                                .setAccepted(accepted)
                                .setOk(ok)
                                .setFailed(failed)
                                .setAborted(aborted))
                .build();
    }

    /// Items that begin with `!` are faults, the others come back as they are.
    static void echo(Exchange<GroupResponse, GroupRequest> client)
            throws CallException, InterruptedException {
        long accepted = 0;
        long failed = 0;
        for (GroupRequest next = client.next(); next != null; next = client.next()) {
            switch (next.getMessageCase()) {
                case ITEMS -> {
                    Outcomes outcomes = echoed(next.getItems());
                    accepted += next.getItems().getSequencesCount();
                    failed += outcomes.getFaultsCount();
                    client.send(GroupResponse.newBuilder().setOutcomes(outcomes).build());
                }
                case CHUNK -> {
                    long end = next.getChunk().getOffset() + next.getChunk().getData().size();
                    accepted += end == next.getChunk().getSize() ? 1 : 0;
                    client.send(GroupResponse.newBuilder().setChunk(next.getChunk()).build());
                }
                case OPEN, CANCEL, MOVED, MESSAGE_NOT_SET ->
                        throw new CallException(Kind.INVALID, "unexpected " + next);
            }
        }
        client.send(closed(accepted, accepted - failed, failed, 0));
    }

    static Outcomes echoed(Items items) {
        Outcomes.Builder outcomes = Outcomes.newBuilder();
        Items.Builder results = Items.newBuilder();
        ByteString body = ByteString.EMPTY;
        int offset = 0;
        for (int i = 0; i < items.getSequencesCount(); i++) {
            int size = items.getSizes(i);
            ByteString data = items.getBody().substring(offset, offset + size);
            offset += size;
            if (data.startsWith(ByteString.copyFromUtf8("!"))) {
                outcomes.addFaults(
                        fault(items.getSequences(i))
                                .setKind(ItemFault.Kind.STAGE)
                                .setStage("clean")
                                .setText(data.toStringUtf8()));
            } else {
                results.addSequences(items.getSequences(i)).addSizes(size);
                body = body.concat(data);
            }
        }
        return outcomes.setResults(results.setBody(body)).build();
    }

    static ItemFault.Builder fault(long sequence) {
        return ItemFault.newBuilder().setSequence(sequence).setAttempt(1);
    }
}
