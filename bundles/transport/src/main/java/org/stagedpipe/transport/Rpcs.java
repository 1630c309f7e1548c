package org.stagedpipe.transport;

import static org.stagedpipe.transport.Caller.CLIENT;
import static org.stagedpipe.transport.Caller.COORDINATOR;
import static org.stagedpipe.transport.Caller.OPERATOR;
import static org.stagedpipe.transport.Caller.OVERSEER;
import static org.stagedpipe.transport.Caller.WORKER;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;

import org.stagedpipe.protocol.v1.AdminGrpc;
import org.stagedpipe.protocol.v1.AssignRequest;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.CancelGroupResponse;
import org.stagedpipe.protocol.v1.CoordinatorGrpc;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DeadLetterPart;
import org.stagedpipe.protocol.v1.DeadLettersGrpc;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.DeleteVersionRequest;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.DropDeadLettersResponse;
import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.protocol.v1.ForgetNodeRequest;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.protocol.v1.HoldRequest;
import org.stagedpipe.protocol.v1.HoldResponse;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.ListAuditRequest;
import org.stagedpipe.protocol.v1.ListAuditResponse;
import org.stagedpipe.protocol.v1.ListDeadLettersRequest;
import org.stagedpipe.protocol.v1.ListGroupsRequest;
import org.stagedpipe.protocol.v1.ListLibrariesRequest;
import org.stagedpipe.protocol.v1.ListNodesRequest;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsResponse;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.OverseerGrpc;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.protocol.v1.ReadDeadLettersRequest;
import org.stagedpipe.protocol.v1.RepositoryGrpc;
import org.stagedpipe.protocol.v1.RollbackRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.SuspectsGrpc;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.UninstallRequest;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.protocol.v1.WorkGrpc;
import org.stagedpipe.protocol.v1.WorkRequest;
import org.stagedpipe.protocol.v1.WorkResponse;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Every procedure of the system and who may call it. What is not listed is denied.
public final class Rpcs {

    /// No message is larger, but for those of the data path, whose bounds its servers set.
    public static final int MAX_MESSAGE_BYTES = 4 << 20;

    private static final Set<Caller> ANYBODY = EnumSet.allOf(Caller.class);
    private static final Set<Caller> NODES = EnumSet.of(OVERSEER, COORDINATOR, WORKER);
    private static final Set<Caller> OPERATORS = EnumSet.of(OPERATOR);

    /// Unary.
    public static final Rpc<DescribeRequest, OverseerInfo> DESCRIBE =
            new Rpc<>(
                    OverseerGrpc.getServiceDescriptor(), OverseerGrpc.getDescribeMethod(), ANYBODY);

    /// Unary.
    public static final Rpc<AssignRequest, Assignment> ASSIGN_COORDINATOR =
            new Rpc<>(
                    OverseerGrpc.getServiceDescriptor(),
                    OverseerGrpc.getAssignCoordinatorMethod(),
                    EnumSet.of(CLIENT, OPERATOR, OVERSEER));

    /// A stream both ways.
    public static final Rpc<NodeReport, NodeOrder> SUBSCRIBE =
            new Rpc<>(
                    OverseerGrpc.getServiceDescriptor(), OverseerGrpc.getSubscribeMethod(), NODES);

    /// One request, a stream of answers.
    public static final Rpc<FetchRequest, FetchResponse> FETCH =
            new Rpc<>(
                    RepositoryGrpc.getServiceDescriptor(), RepositoryGrpc.getFetchMethod(), NODES);

    /// Unary.
    public static final Rpc<HoldRequest, HoldResponse> HOLD =
            new Rpc<>(
                    RepositoryGrpc.getServiceDescriptor(),
                    RepositoryGrpc.getHoldMethod(),
                    EnumSet.of(OVERSEER));

    /// A stream both ways.
    public static final Rpc<GroupRequest, GroupResponse> PROCESS =
            dataPath(
                    CoordinatorGrpc.getServiceDescriptor(),
                    AliasingMarshaller.method(
                            CoordinatorGrpc.getProcessMethod(),
                            GroupRequest.parser(),
                            GroupResponse.parser(),
                            GroupRequest::hasOpen),
                    EnumSet.of(CLIENT, OPERATOR));

    /// A stream both ways.
    public static final Rpc<WorkRequest, WorkResponse> RUN =
            dataPath(
                    WorkGrpc.getServiceDescriptor(),
                    AliasingMarshaller.method(
                            WorkGrpc.getRunMethod(),
                            WorkRequest.parser(),
                            WorkResponse.parser(),
                            WorkRequest::hasOpen),
                    EnumSet.of(COORDINATOR));

    /// A stream both ways.
    public static final Rpc<WatchRequest, Suspicion> WATCH =
            new Rpc<>(
                    SuspectsGrpc.getServiceDescriptor(),
                    SuspectsGrpc.getWatchMethod(),
                    EnumSet.of(COORDINATOR));

    /// One request, a stream of answers.
    public static final Rpc<ListNodesRequest, NodeEntry> LIST_NODES =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getListNodesMethod(), OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<ListPluginsRequest, PluginEntry> LIST_PLUGINS =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(), AdminGrpc.getListPluginsMethod(), OPERATORS);

    /// Unary.
    public static final Rpc<DescribePluginRequest, PluginEntry> DESCRIBE_PLUGIN =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(),
                    AdminGrpc.getDescribePluginMethod(),
                    OPERATORS);

    /// A stream both ways.
    public static final Rpc<PublishRequest, Progress> PUBLISH =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getPublishMethod(), OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<RollbackRequest, Progress> ROLLBACK =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getRollbackMethod(), OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<UninstallRequest, Progress> UNINSTALL =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getUninstallMethod(), OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<DeleteVersionRequest, Progress> DELETE_VERSION =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(),
                    AdminGrpc.getDeleteVersionMethod(),
                    OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<ListLibrariesRequest, LibraryEntry> LIST_LIBRARIES =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(),
                    AdminGrpc.getListLibrariesMethod(),
                    OPERATORS);

    /// Unary.
    public static final Rpc<DeleteLibraryRequest, LibraryEntry> DELETE_LIBRARY =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(),
                    AdminGrpc.getDeleteLibraryMethod(),
                    OPERATORS);

    /// Unary.
    public static final Rpc<LabelVersionRequest, PluginEntry> LABEL_VERSION =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(), AdminGrpc.getLabelVersionMethod(), OPERATORS);

    /// Unary.
    public static final Rpc<ListAuditRequest, ListAuditResponse> LIST_AUDIT =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getListAuditMethod(), OPERATORS);

    /// Unary.
    public static final Rpc<ListRolloutsRequest, ListRolloutsResponse> LIST_ROLLOUTS =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(), AdminGrpc.getListRolloutsMethod(), OPERATORS);

    /// Unary.
    public static final Rpc<DecideRolloutRequest, RolloutEntry> DECIDE_ROLLOUT =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(),
                    AdminGrpc.getDecideRolloutMethod(),
                    OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<ListGroupsRequest, GroupEntry> LIST_GROUPS =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getListGroupsMethod(), OPERATORS);

    /// Unary.
    public static final Rpc<CancelGroupRequest, CancelGroupResponse> CANCEL_GROUP =
            new Rpc<>(
                    AdminGrpc.getServiceDescriptor(), AdminGrpc.getCancelGroupMethod(), OPERATORS);

    /// Unary.
    public static final Rpc<CordonNodeRequest, NodeEntry> CORDON_NODE =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getCordonNodeMethod(), OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<ForgetNodeRequest, Progress> FORGET_NODE =
            new Rpc<>(AdminGrpc.getServiceDescriptor(), AdminGrpc.getForgetNodeMethod(), OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<ListDeadLettersRequest, DeadLetterGroup> LIST_DEAD_LETTERS =
            new Rpc<>(
                    DeadLettersGrpc.getServiceDescriptor(),
                    DeadLettersGrpc.getListMethod(),
                    OPERATORS);

    /// One request, a stream of answers.
    public static final Rpc<ReadDeadLettersRequest, DeadLetterPart> READ_DEAD_LETTERS =
            new Rpc<>(
                    DeadLettersGrpc.getServiceDescriptor(),
                    DeadLettersGrpc.getReadMethod(),
                    OPERATORS);

    /// Unary.
    public static final Rpc<DropDeadLettersRequest, DropDeadLettersResponse> DROP_DEAD_LETTERS =
            new Rpc<>(
                    DeadLettersGrpc.getServiceDescriptor(),
                    DeadLettersGrpc.getDropMethod(),
                    OPERATORS);

    private static final List<Rpc<?, ?>> ALL =
            List.of(
                    DESCRIBE,
                    ASSIGN_COORDINATOR,
                    SUBSCRIBE,
                    FETCH,
                    HOLD,
                    PROCESS,
                    RUN,
                    WATCH,
                    LIST_NODES,
                    LIST_PLUGINS,
                    DESCRIBE_PLUGIN,
                    PUBLISH,
                    ROLLBACK,
                    UNINSTALL,
                    DELETE_VERSION,
                    LIST_LIBRARIES,
                    DELETE_LIBRARY,
                    LABEL_VERSION,
                    LIST_AUDIT,
                    LIST_ROLLOUTS,
                    DECIDE_ROLLOUT,
                    LIST_GROUPS,
                    CANCEL_GROUP,
                    CORDON_NODE,
                    FORGET_NODE,
                    LIST_DEAD_LETTERS,
                    READ_DEAD_LETTERS,
                    DROP_DEAD_LETTERS);

    private Rpcs() {}

    private static <I, O> Rpc<I, O> dataPath(
            ServiceDescriptor service, MethodDescriptor<I, O> method, Set<Caller> callers) {
        return new Rpc<>(AliasingMarshaller.service(service, method), method, callers);
    }

    /// All of them.
    public static List<Rpc<?, ?>> all() {
        return ALL;
    }
}
