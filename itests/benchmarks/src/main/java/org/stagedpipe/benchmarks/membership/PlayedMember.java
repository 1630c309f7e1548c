package org.stagedpipe.benchmarks.membership;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Address;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.CapabilityAttribute;
import org.stagedpipe.protocol.v1.Goodbye;
import org.stagedpipe.protocol.v1.Heartbeat;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Receiver;
import org.stagedpipe.transport.Rpcs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// A node that is nothing but its stream to the overseer: says hello, acknowledges what it is ordered. Called on threads of
/// the transport and on the one of the heartbeats.
final class PlayedMember implements Receiver<NodeOrder> {

    private static final NodeReport BEAT =
            NodeReport.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();
    private static final NodeReport GOODBYE =
            NodeReport.newBuilder()
                    .setGoodbye(Goodbye.newBuilder().setReason("the round is over"))
                    .build();

    private static final List<Capability> PLATFORM =
            IntStream.range(0, 400).mapToObj(PlayedMember::offered).toList();

    private final Runnable welcome;
    private final IntConsumer seen;
    private volatile @Nullable Call<NodeReport> call;
    private volatile @Nullable CallException failure;
    private volatile boolean leaving;
    private boolean isWelcome; // of the transport's thread

    /// @param welcome told once, when it is a member
    /// @param seen hears how many workers there are, of a coordinator
    PlayedMember(Runnable welcome, IntConsumer seen) {
        this.welcome = welcome;
        this.seen = seen;
    }

    void join(Connection connection, String name, Role role) {
        Call<NodeReport> opened = connection.open(Rpcs.SUBSCRIBE, this);
        call = opened;
        opened.request(1);
        UUID id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        ByteBuffer incarnation = ByteBuffer.allocate(2 * Long.BYTES);
        incarnation.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        opened.send(
                NodeReport.newBuilder()
                        .setHello(
                                Hello.newBuilder()
                                        .setProtocol(1)
                                        .setName(name)
                                        .setRole(role)
                                        .setAddress(
                                                Address.newBuilder()
                                                        .setHost("127.0.0.1")
                                                        .setPort(1))
                                        .setIncarnation(ByteString.copyFrom(incarnation.flip()))
                                        .addAllPlatform(role == Role.WORKER ? PLATFORM : List.of()))
                        .build());
    }

    /// One of as many as a worker's container offers, and as large.
    private static Capability offered(int number) {
        String name = "org.example.platform.part" + number;
        return Capability.newBuilder()
                .setNamespace("osgi.wiring.package")
                .addAttributes(attribute("osgi.wiring.package", "String", name))
                .addAttributes(attribute("version", "Version", "1." + number + ".0"))
                .addAttributes(attribute("bundle-symbolic-name", "String", "org.example.platform"))
                .addAttributes(attribute("bundle-version", "Version", "1.0.0"))
                .putDirectives("uses", name + ".more," + name + ".other")
                .build();
    }

    private static CapabilityAttribute attribute(String name, String type, String value) {
        return CapabilityAttribute.newBuilder()
                .setName(name)
                .setType(type)
                .addValues(value)
                .build();
    }

    void beat() {
        send(BEAT);
    }

    void leave() {
        leaving = true;
        send(GOODBYE);
        Call<NodeReport> open = call;
        if (open != null) {
            open.complete();
        }
    }

    /// @throws IllegalStateException if it is no member any more
    void check() {
        CallException lost = failure;
        if (lost != null) {
            throw new IllegalStateException("a member was lost: " + lost.getMessage(), lost);
        }
    }

    private void send(NodeReport report) {
        Call<NodeReport> open = call;
        if (open != null) {
            open.send(report);
        }
    }

    @Override
    public void onMessage(NodeOrder order) {
        switch (order.getMessageCase()) {
            case WORKER_PLAN -> applied(order.getWorkerPlan().getRevision());
            case CLUSTER_VIEW -> {
                seen.accept(order.getClusterView().getWorkersCount());
                applied(order.getClusterView().getRevision());
            }
            case WELCOME -> welcomed();
            case CANCEL_GROUP, MESSAGE_NOT_SET -> {} // nothing to do
        }
        Call<NodeReport> open = call;
        if (open != null) {
            open.request(1);
        }
    }

    /// Each heartbeat is answered with another one.
    private void welcomed() {
        if (!isWelcome) {
            isWelcome = true;
            welcome.run();
        }
    }

    private void applied(long revision) {
        send(
                NodeReport.newBuilder()
                        .setApplied(Applied.newBuilder().setRevision(revision))
                        .build());
    }

    @Override
    public void onComplete() {
        if (!leaving) {
            failure = new CallException(CallException.Kind.CANCELLED, "the overseer ended it");
        }
    }

    @Override
    public void onFailure(CallException why) {
        if (!leaving) {
            failure = why;
        }
    }
}
