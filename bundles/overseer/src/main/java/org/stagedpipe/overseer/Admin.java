package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Store;
import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.CancelGroupResponse;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DeleteVersionRequest;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.ListAuditRequest;
import org.stagedpipe.protocol.v1.ListAuditResponse;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsResponse;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.RollbackRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.UninstallRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What operators call. Everything that changes something streams its progress.
final class Admin {

    private static final int GROUP_ID_BYTES = 16;
    private static final int AUDIT_ENTRIES = 100;
    private static final int MAX_AUDIT_ENTRIES = 1_000;

    private final Store store;
    private final Nodes nodes;
    private final Plugins plugins;
    private final Cancels cancels;
    private final Changes changes;
    private final Publishing publishing;
    private final Rollouts rollouts;
    private final AuditLog audit;
    private final OverseerSettings settings;
    private final NodeAdmin members;
    private final RepositoryAdmin repository;

    Admin(
            Store store,
            Nodes nodes,
            Cancels cancels,
            Changes changes,
            Publishing publishing,
            Rollouts rollouts,
            AuditLog audit,
            OverseerSettings settings,
            NodeAdmin members,
            RepositoryAdmin repository) {
        this.store = store;
        this.nodes = nodes;
        this.plugins = new Plugins(nodes);
        this.cancels = cancels;
        this.changes = changes;
        this.publishing = publishing;
        this.rollouts = rollouts;
        this.audit = audit;
        this.settings = settings;
        this.members = members;
        this.repository = repository;
    }

    /// Whoever answers at present.
    @FunctionalInterface
    interface Desk {

        /// @throws CallException UNREACHABLE if this overseer does not lead
        Admin admin() throws CallException;
    }

    /// Adds the procedures.
    static Server.Builder on(Server.Builder server, Desk desk) {
        return server.list(Rpcs.LIST_NODES, request -> desk.admin().members.list())
                .list(Rpcs.LIST_PLUGINS, request -> desk.admin().listPlugins(request))
                .unary(Rpcs.DESCRIBE_PLUGIN, request -> desk.admin().describe(request.getName()))
                .exchange(Rpcs.PUBLISH, exchange -> desk.admin().publishing.publish(exchange))
                .exchange(Rpcs.ROLLBACK, exchange -> desk.admin().rollback(exchange))
                .exchange(Rpcs.UNINSTALL, exchange -> desk.admin().uninstall(exchange))
                .exchange(Rpcs.DELETE_VERSION, exchange -> desk.admin().delete(exchange))
                .unary(Rpcs.LIST_AUDIT, request -> desk.admin().audit(request))
                .unary(Rpcs.LIST_ROLLOUTS, request -> desk.admin().listRollouts())
                .exchange(Rpcs.DECIDE_ROLLOUT, exchange -> desk.admin().decide(exchange))
                .list(Rpcs.LIST_GROUPS, request -> desk.admin().groups())
                .exchange(Rpcs.CANCEL_GROUP, exchange -> desk.admin().cancel(exchange))
                .exchange(Rpcs.CORDON_NODE, exchange -> desk.admin().members.cordon(exchange))
                .exchange(Rpcs.FORGET_NODE, exchange -> desk.admin().members.forget(exchange))
                .list(Rpcs.LIST_LIBRARIES, request -> desk.admin().repository.list())
                .exchange(Rpcs.DELETE_LIBRARY, exchange -> desk.admin().repository.delete(exchange))
                .exchange(Rpcs.LABEL_VERSION, exchange -> desk.admin().repository.label(exchange));
    }

    /// Also one that was uninstalled: it has its history.
    private PluginEntry describe(String name) throws CallException, InterruptedException {
        return confirmed(() -> plugins.entry(Admission.known(store.catalogue(), name)));
    }

    private ListRolloutsResponse listRollouts() throws CallException, InterruptedException {
        return confirmed(
                () -> ListRolloutsResponse.newBuilder().addAllRollouts(rollouts.entries()).build());
    }

    private List<PluginEntry> listPlugins(ListPluginsRequest request)
            throws CallException, InterruptedException {
        return confirmed(() ->
                request.getNamesOnly()
                        ? Plugins.names(store.catalogue())
                        : plugins.entries(store.catalogue()));
    }

    private void rollback(Exchange<Progress, RollbackRequest> exchange)
            throws CallException, InterruptedException {
        RollbackRequest request = first(exchange);
        Duration timeout = timeout(request.getTimeoutMs(), settings.installTimeout());
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        new Conversation("rollback")
                .run(
                        steps -> {
                            changes.rollback(
                                    request.getName(), request.getVersion(), timeout, by, steps);
                            return plugins.entry(
                                    Admission.known(store.catalogue(), request.getName()));
                        },
                        exchange);
    }

    private void uninstall(Exchange<Progress, UninstallRequest> exchange)
            throws CallException, InterruptedException {
        UninstallRequest request = first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        new Conversation("uninstall")
                .run(
                        steps -> {
                            changes.uninstall(request.getName(), by, steps);
                            return store.catalogue()
                                    .known(request.getName())
                                    .map(plugins::entry)
                                    .orElseThrow();
                        },
                        exchange);
    }

    private void delete(Exchange<Progress, DeleteVersionRequest> exchange)
            throws CallException, InterruptedException {
        DeleteVersionRequest request = first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        new Conversation("delete")
                .run(
                        steps -> {
                            changes.delete(request.getName(), request.getVersion(), by, steps);
                            return store.catalogue()
                                    .known(request.getName())
                                    .map(plugins::entry)
                                    .orElseThrow();
                        },
                        exchange);
    }

    private void decide(Exchange<RolloutEntry, DecideRolloutRequest> exchange)
            throws CallException, InterruptedException {
        DecideRolloutRequest request = first(exchange);
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        exchange.send(
                Failures.told(() -> changes.decide(request.getId(), request.getDecision(), by)));
    }

    private ListAuditResponse audit(ListAuditRequest request)
            throws CallException, InterruptedException {
        if (request.getLimit() < 0 || request.getLimit() > MAX_AUDIT_ENTRIES) {
            throw new CallException(
                    Kind.INVALID, "limit: " + request.getLimit() + " (expected: at most 1,000)");
        }
        int limit = request.getLimit() == 0 ? AUDIT_ENTRIES : request.getLimit();
        return confirmed(() ->
                ListAuditResponse.newBuilder()
                        .addAllEntries(
                                audit.newest(limit, request.getPlugin()).stream()
                                        .map(AuditRecord::toWire)
                                        .toList())
                        .build());
    }

    private List<GroupEntry> groups() {
        List<GroupEntry> all = new ArrayList<>();
        nodes.groups()
                .forEach((coordinator, groups) ->
                        groups.forEach(group ->
                                all.add(
                                        GroupEntry.newBuilder()
                                                .setCoordinator(coordinator)
                                                .setSummary(group)
                                                .build())));
        return all;
    }

    private void cancel(Exchange<CancelGroupResponse, CancelGroupRequest> exchange)
            throws CallException, InterruptedException {
        CancelGroupRequest request = first(exchange);
        ByteString group = request.getGroup();
        if (group.size() != GROUP_ID_BYTES) {
            throw new CallException(
                    Kind.INVALID,
                    "group: " + group.size() + " bytes (expected: " + GROUP_ID_BYTES + ")");
        }
        if (request.getReason().length() > Cancellation.MAX_REASON) {
            throw new CallException(
                    Kind.INVALID,
                    "reason: "
                            + request.getReason().length()
                            + " characters (expected: at most "
                            + Cancellation.MAX_REASON
                            + ")");
        }
        Initiator by = Initiator.of(exchange.peer(), request.getOperator());
        String action = "cancel group " + Wire.uuid(group) + ": " + reason(request);
        exchange.send(
                Failures.told(() ->
                        audit.record(by, action, pluginOf(group), subjects -> cancel(request))));
    }

    /// Of a group that a heartbeat has named; empty otherwise.
    private String pluginOf(ByteString group) {
        return nodes.groups().values().stream()
                .flatMap(List::stream)
                .filter(summary -> summary.getGroup().equals(group))
                .map(summary -> summary.getPlugin().getName())
                .findFirst()
                .orElse("");
    }

    private static String reason(CancelGroupRequest request) {
        return request.getReason().isBlank() ? "cancelled by an operator" : request.getReason();
    }

    /// A group that was opened a moment ago is in no heartbeat yet; two of them are waited for.
    private CancelGroupResponse cancel(CancelGroupRequest request)
            throws CallException, InterruptedException, StoreException {
        ByteString group = request.getGroup();
        Duration patience = settings.heartbeat().plus(settings.heartbeat());
        if (!nodes.awaitListed(group, patience)) {
            throw new CallException(
                    Kind.NOT_FOUND,
                    "unknown group " + Wire.uuid(group) + " (expected: one that is in progress)");
        }
        List<String> away = nodes.unreachableOwners(group); // before: their leases go on
        cancels.order(group, reason(request));
        return CancelGroupResponse.newBuilder().addAllAway(away).build();
    }

    /// @param ms unsigned; 0: the other one
    /// @throws CallException INVALID if it is longer than that may be
    static Duration timeout(int ms, Duration otherwise) throws CallException {
        Duration asked = Duration.ofMillis(Integer.toUnsignedLong(ms));
        if (asked.compareTo(OverseerSettings.LONGEST_INSTALL) > 0) {
            throw new CallException(
                    Kind.INVALID,
                    "timeout: "
                            + asked.toMillis()
                            + " ms (expected: at most "
                            + OverseerSettings.LONGEST_INSTALL.toMillis()
                            + ")");
        }
        return asked.isZero() ? otherwise : asked;
    }

    static <I> I first(Exchange<?, I> exchange) throws CallException, InterruptedException {
        I request = exchange.next();
        if (request == null) {
            throw new CallException(Kind.INVALID, "no request (expected: one)");
        }
        return request;
    }

    /// An answer that no other overseer has made untrue.
    private <T> T confirmed(Failures.Question<T> question)
            throws CallException, InterruptedException {
        return Failures.told(() -> {
            T answer = question.ask();
            store.confirm();
            return answer;
        });
    }
}
