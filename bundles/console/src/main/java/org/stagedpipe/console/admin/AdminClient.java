package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.AuditEntry;
import org.stagedpipe.protocol.v1.CanaryPolicy;
import org.stagedpipe.protocol.v1.CancelGroupRequest;
import org.stagedpipe.protocol.v1.CordonNodeRequest;
import org.stagedpipe.protocol.v1.DecideRolloutRequest;
import org.stagedpipe.protocol.v1.DeleteLibraryRequest;
import org.stagedpipe.protocol.v1.DeleteVersionRequest;
import org.stagedpipe.protocol.v1.DescribePluginRequest;
import org.stagedpipe.protocol.v1.DescribeRequest;
import org.stagedpipe.protocol.v1.ForgetNodeRequest;
import org.stagedpipe.protocol.v1.GroupEntry;
import org.stagedpipe.protocol.v1.LabelVersionRequest;
import org.stagedpipe.protocol.v1.LibraryEntry;
import org.stagedpipe.protocol.v1.ListAuditRequest;
import org.stagedpipe.protocol.v1.ListGroupsRequest;
import org.stagedpipe.protocol.v1.ListLibrariesRequest;
import org.stagedpipe.protocol.v1.ListNodesRequest;
import org.stagedpipe.protocol.v1.ListPluginsRequest;
import org.stagedpipe.protocol.v1.ListRolloutsRequest;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.protocol.v1.PluginEntry;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.RollbackRequest;
import org.stagedpipe.protocol.v1.RolloutEntry;
import org.stagedpipe.protocol.v1.UninstallRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpc;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A connection to the administration of an overseer. All methods wait for the answer; safe for use by many threads.
/// Who connects closes it.
public final class AdminClient implements AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    private final OverseerInfo overseer;
    private final Connection connection;
    private final String operator;

    private AdminClient(OverseerInfo overseer, Connection connection, String operator) {
        this.overseer = overseer;
        this.connection = connection;
        this.operator = operator;
    }

    /// Connects to the first overseer that answers.
    ///
    /// @param overseers where overseers serve, tried in turn
    /// @throws CallException UNREACHABLE if none answers, NOT_PERMITTED if all refuse who asks; the text says which were
    ///     tried and why each failed
    public static AdminClient connect(List<Endpoint> overseers, Security security)
            throws CallException, InterruptedException {
        return connect(overseers, security, "");
    }

    /// The same for another operator than who runs this process.
    ///
    /// @param operator its name; empty for what the certificate says, or else the operating system
    public static AdminClient connect(List<Endpoint> overseers, Security security, String operator)
            throws CallException, InterruptedException {
        boolean isOwn = operator.isEmpty() && !security.isMutual();
        String said = isOwn ? System.getProperty("user.name", "") : operator;
        List<String> tried = new ArrayList<>();
        int refused = 0;
        for (Endpoint endpoint : overseers) {
            try (Connection connection = Connection.to(endpoint, security)) {
                OverseerInfo overseer =
                        connection.call(
                                Rpcs.DESCRIBE,
                                DescribeRequest.getDefaultInstance(),
                                CONNECT_TIMEOUT);
                return new AdminClient(overseer, Connection.to(admin(overseer), security), said);
            } catch (CallException e) {
                refused += e.kind() == Kind.NOT_PERMITTED ? 1 : 0;
                tried.add(endpoint + ": " + reason(e, security));
            }
        }
        boolean isRefused = refused > 0 && refused == tried.size(); // or another one may not refuse
        throw new CallException(
                isRefused ? Kind.NOT_PERMITTED : Kind.UNREACHABLE,
                (isRefused ? "no overseer lets this client in" : "no overseer answers")
                        + "; tried "
                        + (tried.isEmpty() ? "none" : String.join("; ", tried)));
    }

    /// Who answered.
    public OverseerInfo overseer() {
        return overseer;
    }

    /// Who asks, as each change says it; empty for what the certificate says.
    String operator() {
        return operator;
    }

    /// All nodes, the overseer too.
    public List<NodeEntry> nodes() throws CallException, InterruptedException {
        return list(Rpcs.LIST_NODES, ListNodesRequest.getDefaultInstance());
    }

    /// All plugins of the catalogue.
    public List<PluginEntry> plugins() throws CallException, InterruptedException {
        return list(Rpcs.LIST_PLUGINS, ListPluginsRequest.getDefaultInstance());
    }

    /// Their names, which cost the overseer little.
    public List<String> pluginNames() throws CallException, InterruptedException {
        ListPluginsRequest names = ListPluginsRequest.newBuilder().setNamesOnly(true).build();
        return list(Rpcs.LIST_PLUGINS, names).stream().map(PluginEntry::getName).toList();
    }

    /// One plugin.
    ///
    /// @throws CallException of kind NOT_FOUND if the catalogue does not have it
    public PluginEntry plugin(String name) throws CallException, InterruptedException {
        return connection.call(
                Rpcs.DESCRIBE_PLUGIN,
                DescribePluginRequest.newBuilder().setName(name).build(),
                CALL_TIMEOUT);
    }

    /// Uploads a bundle and installs, updates or verifies it; returns when the change is done.
    ///
    /// @param timeout for all workers together, null for the overseer's setting
    /// @return the plugin after the change, empty if the overseer did not say
    /// @throws IllegalArgumentException if the file cannot be published: missing, a directory, empty, too
    ///     large, with a signature for another one
    /// @throws IOException if reading it fails
    public Optional<PluginEntry> publish(
            PublishBegin.Mode mode, Path jar, @Nullable Duration timeout, PublishListener listener)
            throws CallException, IOException, InterruptedException {
        return publish(Wish.of(mode, null, false), jar, timeout, listener);
    }

    /// What is to become of a bundle.
    ///
    /// @param canary null for all new groups at once
    /// @param isDryRun whether the overseer only says what it would do, and refuses what it would refuse
    /// @param request chosen at random; who asks for it again is told of the change that has begun with it
    public record Wish(
            PublishBegin.Mode mode,
            @Nullable CanaryPolicy canary,
            boolean isDryRun,
            String request) {

        /// One that nobody has asked for yet.
        public static Wish of(
                PublishBegin.Mode mode, @Nullable CanaryPolicy canary, boolean isDryRun) {
            return new Wish(mode, canary, isDryRun, UUID.randomUUID().toString());
        }
    }

    /// The same, with a new version that only a share of the new groups may get at first; returns when that has begun.
    public Optional<PluginEntry> publish(
            Wish wish, Path jar, @Nullable Duration timeout, PublishListener listener)
            throws CallException, IOException, InterruptedException {
        Jar file = Jar.read(jar);
        PublishBegin.Builder announced =
                PublishBegin.newBuilder()
                        .setMode(wish.mode())
                        .setDryRun(wish.isDryRun())
                        .setFile(file.file())
                        .setSize(file.size())
                        .setSha256(file.sha256())
                        .setSignature(SignatureFile.read(file))
                        .setTimeoutMs(millis(timeout))
                        .setOperator(operator)
                        .setRequest(wish.request());
        CanaryPolicy canary = wish.canary();
        PublishBegin begin = (canary == null ? announced : announced.setCanary(canary)).build();
        return change(timeout, listener).upload(begin, file);
    }

    /// The libraries of the repository, newest first.
    public List<LibraryEntry> libraries() throws CallException, InterruptedException {
        return list(Rpcs.LIST_LIBRARIES, ListLibrariesRequest.getDefaultInstance());
    }

    /// Removes the bundle of a library that no version of a plugin needs.
    ///
    /// @return what it was
    public LibraryEntry deleteLibrary(String symbolicName, String version)
            throws CallException, InterruptedException {
        return connection.call(
                Rpcs.DELETE_LIBRARY,
                DeleteLibraryRequest.newBuilder()
                        .setSymbolicName(symbolicName)
                        .setVersion(version)
                        .setOperator(operator)
                        .build(),
                CALL_TIMEOUT);
    }

    /// Gives a version a label, which may stand wherever a version is asked for.
    ///
    /// @param version null to take the label away
    /// @return the plugin after that
    public PluginEntry label(String name, @Nullable String version, String label)
            throws CallException, InterruptedException {
        return connection.call(
                Rpcs.LABEL_VERSION,
                LabelVersionRequest.newBuilder()
                        .setName(name)
                        .setVersion(version == null ? "" : version)
                        .setLabel(label)
                        .setOperator(operator)
                        .build(),
                Patience.of(null).say());
    }

    /// Routes new groups to an older version; returns when the change is done.
    ///
    /// @param version null for the one before the current one
    /// @param timeout for all workers together, null for the overseer's setting
    /// @return the plugin after the change, empty if the overseer did not say
    public Optional<PluginEntry> rollback(
            String name,
            @Nullable String version,
            @Nullable Duration timeout,
            PublishListener listener)
            throws CallException, InterruptedException {
        RollbackRequest request =
                RollbackRequest.newBuilder()
                        .setName(name)
                        .setVersion(version == null ? "" : version)
                        .setTimeoutMs(millis(timeout))
                        .setOperator(operator)
                        .build();
        return change(timeout, listener).ask(Rpcs.ROLLBACK, request);
    }

    /// Takes a plugin out of the catalogue; groups in progress finish.
    ///
    /// @return the plugin as it was, empty if the overseer did not say
    public Optional<PluginEntry> uninstall(String name, PublishListener listener)
            throws CallException, InterruptedException {
        return change(null, listener)
                .ask(
                        Rpcs.UNINSTALL,
                        UninstallRequest.newBuilder().setName(name).setOperator(operator).build());
    }

    /// Removes the bundle of a version that nothing uses.
    ///
    /// @return the plugin after the change, empty if the overseer did not say
    public Optional<PluginEntry> delete(String name, String version, PublishListener listener)
            throws CallException, InterruptedException {
        return change(null, listener)
                .ask(
                        Rpcs.DELETE_VERSION,
                        DeleteVersionRequest.newBuilder()
                                .setName(name)
                                .setVersion(version)
                                .setOperator(operator)
                                .build());
    }

    /// Who changed what, the newest last.
    ///
    /// @param limit the newest so many, at most 1,000
    /// @param plugin null for all
    public List<AuditEntry> audit(int limit, @Nullable String plugin)
            throws CallException, InterruptedException {
        return connection
                .call(
                        Rpcs.LIST_AUDIT,
                        ListAuditRequest.newBuilder()
                                .setLimit(limit)
                                .setPlugin(plugin == null ? "" : plugin)
                                .build(),
                        CALL_TIMEOUT)
                .getEntriesList();
    }

    /// The rollouts, newest first.
    public List<RolloutEntry> rollouts() throws CallException, InterruptedException {
        return connection
                .call(Rpcs.LIST_ROLLOUTS, ListRolloutsRequest.getDefaultInstance(), CALL_TIMEOUT)
                .getRolloutsList();
    }

    /// Decides over a rollout that has not ended.
    public RolloutEntry decide(String id, DecideRolloutRequest.Decision decision)
            throws CallException, InterruptedException {
        DecideRolloutRequest request =
                DecideRolloutRequest.newBuilder()
                        .setId(id)
                        .setDecision(decision)
                        .setOperator(operator)
                        .build();
        return connection.call(Rpcs.DECIDE_ROLLOUT, request, Patience.of(null).say());
    }

    /// The open groups.
    public List<GroupEntry> groups() throws CallException, InterruptedException {
        return list(Rpcs.LIST_GROUPS, ListGroupsRequest.getDefaultInstance());
    }

    /// Cancels a group: its items that are not done are answered as aborted.
    ///
    /// @param group its 16 bytes
    /// @param reason shown to the client
    /// @return the coordinators that have it, if none of them is connected: then it is cancelled later
    public List<String> cancel(ByteString group, String reason)
            throws CallException, InterruptedException {
        CancelGroupRequest request =
                CancelGroupRequest.newBuilder()
                        .setGroup(group)
                        .setReason(reason)
                        .setOperator(operator)
                        .build();
        return connection.call(Rpcs.CANCEL_GROUP, request, CALL_TIMEOUT).getAwayList();
    }

    /// Has an overseer that is gone for good count no more. Waits until the others have what they are to have.
    public void forget(String overseer, PublishListener listener)
            throws CallException, InterruptedException {
        change(null, listener)
                .ask(
                        Rpcs.FORGET_NODE,
                        ForgetNodeRequest.newBuilder()
                                .setName(overseer)
                                .setOperator(operator)
                                .build());
    }

    /// Has a coordinator get no new groups, or a worker no new items; or takes that back.
    ///
    /// @param drained whether it is waited for then; it is in the audit log so
    public NodeEntry cordon(String node, boolean cordoned, boolean drained)
            throws CallException, InterruptedException {
        return connection.call(
                Rpcs.CORDON_NODE,
                CordonNodeRequest.newBuilder()
                        .setName(node)
                        .setCordoned(cordoned)
                        .setDrained(drained)
                        .setOperator(operator)
                        .build(),
                CALL_TIMEOUT);
    }

    /// Ends all calls and closes.
    @Override
    public void close() {
        connection.close();
    }

    private <I, O> List<O> list(Rpc<I, O> rpc, I request)
            throws CallException, InterruptedException {
        return connection.list(rpc, request, CALL_TIMEOUT);
    }

    private ChangeCall change(@Nullable Duration timeout, PublishListener listener) {
        return new ChangeCall(connection, Patience.of(timeout), listener);
    }

    private static Endpoint admin(OverseerInfo overseer) throws CallException {
        try {
            return Endpoint.of(overseer.getAdmin());
        } catch (IllegalArgumentException e) {
            throw new CallException(
                    Kind.UNREACHABLE, "says that it has no admin port (" + e.getMessage() + ")", e);
        }
    }

    private static String reason(CallException e, Security security) {
        String text = e.getMessage();
        if (e.kind() == Kind.NOT_FOUND) {
            return "no overseer there (" + text + ")";
        }
        boolean isCutOff = text.contains("Connection reset") || text.contains("Network closed");
        return isCutOff && !security.isMutual()
                ? text + " (does it want TLS? see --tls-certificate)"
                : text;
    }

    private static int millis(@Nullable Duration timeout) {
        return timeout == null ? 0 : Math.toIntExact(timeout.toMillis());
    }
}
