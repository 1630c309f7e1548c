package org.stagedpipe.transport;

import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerInfo;

/// Real servers on loopback, each with one handler of the test's own.
public final class Servers {

    static final Endpoint ANY = new Endpoint("127.0.0.1", 0);

    private Servers() {}

    static Server describing(UnaryHandler<DescribeRequest, OverseerInfo> handler)
            throws CallException {
        return overseer(ANY, Security.loopbackOnly(), handler, subscription -> {}).start();
    }

    static Server conversing(ExchangeHandler<GroupRequest, GroupResponse> handler)
            throws CallException {
        return Server.at(ANY, Security.loopbackOnly()).exchange(Rpcs.PROCESS, handler).start();
    }

    static Server streaming(CallHandler<GroupRequest, GroupResponse> handler) throws CallException {
        return Server.at(ANY, Security.loopbackOnly()).stream(Rpcs.PROCESS, handler).start();
    }

    /// An overseer's port.
    public static Server.Builder overseer(
            Endpoint at,
            Security security,
            UnaryHandler<DescribeRequest, OverseerInfo> describe,
            ExchangeHandler<NodeReport, NodeOrder> subscribe) {
        return Server.at(at, security)
                .unary(Rpcs.DESCRIBE, describe)
                .<AssignRequest, Assignment>unary(
                        Rpcs.ASSIGN_COORDINATOR, request -> Assignment.getDefaultInstance())
                .exchange(Rpcs.SUBSCRIBE, subscribe);
    }

    static Connection to(Server server) {
        return Connection.to(server.endpoint(), Security.loopbackOnly());
    }
}
