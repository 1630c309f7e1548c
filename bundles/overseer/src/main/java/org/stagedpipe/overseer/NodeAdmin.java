package org.stagedpipe.overseer;

import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.ForgetNodeRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Exchange;

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
        String verb = request.getDrained() ? "drain" : "cordon";
        String action = (cordoned ? verb : "resume") + " node " + name;
        exchange.send(
                Failures.told(() ->
                        audit.record(by, action, "", subjects -> cordons.set(name, cordoned))));
    }

    void forget(Exchange<Progress, ForgetNodeRequest> exchange)
            throws CallException, InterruptedException {
        ForgetNodeRequest request = Admin.first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        String name = "forget node " + request.getName();
        new Conversation(name)
                .run(
                        steps -> {
                            audit.<Boolean>record(
                                    by,
                                    name,
                                    "",
                                    subjects -> {
                                        forgetting.forget(request.getName(), steps);
                                        return true;
                                    });
                            return null;
                        },
                        exchange);
    }
}
