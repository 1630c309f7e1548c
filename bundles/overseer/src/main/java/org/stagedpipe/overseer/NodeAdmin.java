package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.ForgetNodeRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What operators do with nodes.
final class NodeAdmin {

    private final Itself itself;
    private final Nodes nodes;
    private final Cordons cordons;
    private final Forgetting forgetting;
    private final AuditLog audit;

    NodeAdmin(Itself itself, Nodes nodes, Cordons cordons, Forgetting forgetting, AuditLog audit) {
        this.itself = itself;
        this.nodes = nodes;
        this.cordons = cordons;
        this.forgetting = forgetting;
        this.audit = audit;
    }

    List<NodeEntry> list() {
        List<NodeEntry> all = new ArrayList<>(itself.others());
        all.addFirst(itself.entry());
        all.addAll(nodes.entries());
        return all;
    }

    void cordon(Exchange<NodeEntry, CordonNodeRequest> exchange)
            throws CallException, InterruptedException {
        CordonNodeRequest request = Admin.first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        String name = request.getName();
        boolean cordoned = request.getCordoned();
        exchange.send(
                recorded(
                        by,
                        (cordoned ? "cordon" : "resume") + " node " + name,
                        subjects -> cordons.set(name, cordoned)));
    }

    void forget(Exchange<Progress, ForgetNodeRequest> exchange)
            throws CallException, InterruptedException {
        ForgetNodeRequest request = Admin.first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        String name = "forget node " + request.getName();
        new Conversation(name)
                .run(
                        steps -> {
                            recorded(
                                    by,
                                    name,
                                    subjects -> {
                                        forgetting.forget(request.getName(), steps);
                                        return true;
                                    });
                            return null;
                        },
                        exchange);
    }

    private <T> T recorded(Initiator by, String action, AuditLog.Change<T> change)
            throws CallException, InterruptedException {
        try {
            return audit.record(by, action, "", change);
        } catch (StoreException | IOException e) {
            throw new CallException(Kind.INTERNAL, String.valueOf(e.getMessage()), e);
        }
    }
}
