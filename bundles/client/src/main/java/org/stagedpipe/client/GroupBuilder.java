package org.stagedpipe.client;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.GroupOpened;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Connection;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/// What a request group shall be, collected before it opens. For one thread.
public final class GroupBuilder {

    private static final int PROTOCOL = 1;
    private static final int MAX_CONFIGURATION_BYTES = 1 << 20;
    private static final int MAX_CLIENT_CHARACTERS = 256;
    private static final int MAX_COORDINATORS_TRIED = 5;

    private final Coordinators coordinators;
    private final Security security;
    private final String plugin;
    private final OpenGroup.Builder request;
    private UUID id = UUID.randomUUID();
    private Limits limits = Limits.DEFAULT;
    private Duration openTimeout = Duration.ofSeconds(60);

    GroupBuilder(Coordinators coordinators, Security security, String plugin) {
        this.coordinators = coordinators;
        this.security = security;
        this.plugin = plugin;
        this.request = OpenGroup.newBuilder().setProtocol(PROTOCOL).setPlugin(plugin);
    }

    /// What the plugin opens the group with, as its codec reads it; empty without this.
    ///
    /// @throws IllegalArgumentException if there is more than 1 MiB of it
    public GroupBuilder configuration(byte[] configuration) {
        if (configuration.length > MAX_CONFIGURATION_BYTES) {
            throw new IllegalArgumentException(
                    "configuration: "
                            + configuration.length
                            + " bytes (expected: at most "
                            + MAX_CONFIGURATION_BYTES
                            + ")");
        }
        request.setConfiguration(ByteString.copyFrom(configuration));
        return this;
    }

    /// The same as text, JSON as a rule.
    public GroupBuilder configuration(String json) {
        return configuration(json.getBytes(StandardCharsets.UTF_8));
    }

    /// The plugin's version, or a range of them in OSGi's notation; what the operator set without this.
    public GroupBuilder version(String versionOrRange) {
        request.setVersion(versionOrRange);
        return this;
    }

    /// Outcomes come in the order of the sequences; without this as they are done.
    public GroupBuilder ordered() {
        request.setOrdered(true);
        return this;
    }

    /// A name that operators see.
    ///
    /// @throws IllegalArgumentException if it has more than 256 characters
    public GroupBuilder client(String name) {
        if (name.length() > MAX_CLIENT_CHARACTERS) {
            throw new IllegalArgumentException(
                    "client: "
                            + name.length()
                            + " characters (expected: at most "
                            + MAX_CLIENT_CHARACTERS
                            + ")");
        }
        request.setClient(name);
        return this;
    }

    /// The group's id, unique for ever; random without this.
    public GroupBuilder id(UUID group) {
        this.id = group;
        return this;
    }

    /// How much may be between [Group#submit] and the hand-over of its outcome: 4,096 items and 16 MiB without this. One
    /// item larger than the bytes still goes, alone.
    ///
    /// @throws IllegalArgumentException if one of them is less than 1
    public GroupBuilder window(int items, long bytes) {
        limits = limits.withWindow(items, bytes);
        return this;
    }

    /// How long [#open] waits for one coordinator: 60 s without this. It has to open the plugin's resources meanwhile.
    public GroupBuilder openTimeout(Duration timeout) {
        openTimeout = timeout;
        return this;
    }

    /// How long the coordinator has to answer [Group#cancel]: 5 s without this. Then the group ends without its answer.
    public GroupBuilder cancelTimeout(Duration timeout) {
        limits = limits.withCancelTimeout(timeout);
        return this;
    }

    /// Opens the group: asks an overseer for a coordinator, and for others if that one does not take it.
    ///
    /// @throws ClientException if no overseer or coordinator is reachable, the plugin or version does not exist, or the
    ///     plugin refuses the configuration or cannot open its resources; with its text
    public Group open() throws InterruptedException {
        request.setGroup(bytes(id));
        Map<String, String> avoid = new LinkedHashMap<>();
        while (true) {
            Assignment assignment = assign(avoid);
            try {
                return open(assignment);
            } catch (CallException e) {
                boolean elsewhere = e.kind() == Kind.UNREACHABLE || e.kind() == Kind.TIMED_OUT;
                if (!elsewhere) {
                    throw new ClientException(
                            e.kind(), title() + " is refused: " + e.getMessage(), e);
                }
                avoid.put(assignment.getCoordinator(), where(assignment) + ": " + e.getMessage());
                if (avoid.size() == MAX_COORDINATORS_TRIED) {
                    throw nobodyTook(avoid, e);
                }
            }
        }
    }

    private Assignment assign(Map<String, String> avoid) throws InterruptedException {
        try {
            Assignment assignment = coordinators.assign(plugin, avoid.keySet());
            if (avoid.containsKey(assignment.getCoordinator())) {
                throw nobodyTook(avoid, null); // the only one there is
            }
            return assignment;
        } catch (CallException e) {
            throw avoid.isEmpty()
                    ? new ClientException(e.kind(), title() + ": " + e.getMessage(), e)
                    : nobodyTook(avoid, e);
        }
    }

    private Group open(Assignment assignment) throws CallException, InterruptedException {
        Connection connection = Connection.to(Endpoint.of(assignment.getAddress()), security);
        Conversation conversation = new Conversation(title() + " on " + where(assignment), limits);
        boolean open = false;
        try {
            GroupOpened opened = conversation.open(connection, request.build(), openTimeout);
            open = true;
            return new Group(id, opened, conversation, connection);
        } finally {
            if (!open) {
                conversation.close();
                connection.close();
            }
        }
    }

    private ClientException nobodyTook(Map<String, String> avoid, @Nullable CallException last) {
        String text = title() + ": no coordinator takes it; " + String.join("; ", avoid.values());
        return last == null
                ? new ClientException(Kind.UNREACHABLE, text)
                : new ClientException(Kind.UNREACHABLE, text, last);
    }

    private String title() {
        return "group " + id + " of " + plugin;
    }

    private static String where(Assignment assignment) {
        return assignment.getCoordinator() + " at " + Endpoint.of(assignment.getAddress());
    }

    private static ByteString bytes(UUID id) {
        return ByteString.copyFrom(
                ByteBuffer.allocate(16)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .flip());
    }
}
