package org.stagedpipe.client;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.transport.Leases;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

/// What a request group shall be, collected before it opens; each [#open] opens another one. For one thread.
public final class GroupBuilder {

    private static final int PROTOCOL = 1;
    private static final int MAX_CONFIGURATION_BYTES = 1 << 20;
    private static final int MAX_CLIENT_CHARACTERS = 256;

    private final Coordinators coordinators;
    private final Connections connections;
    private final Leases leases;
    private final String plugin;
    private final OpenGroup.Builder request;
    private @Nullable UUID id;
    private @Nullable ResumeToken token;
    private Limits limits = Limits.DEFAULT;
    private Duration openTimeout = Duration.ofSeconds(60);

    GroupBuilder(Coordinators coordinators, Connections connections, Leases leases, String plugin) {
        this.leases = leases;
        this.coordinators = coordinators;
        this.connections = connections;
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

    /// The plugin's version, a range of them in OSGi's notation, or a label; what the operator set without this.
    public GroupBuilder version(String versionOrRange) {
        request.setVersion(versionOrRange);
        return this;
    }

    /// Outcomes come in the order of the sequences; without this as they are done.
    public GroupBuilder ordered() {
        request.setOrdered(true);
        return this;
    }

    /// The first item that fails ends the group: those that are not done come back as aborted, and may have run, partly
    /// or wholly. Without this the group goes on.
    public GroupBuilder stopAtFirstFault() {
        request.setStopAtFirstFault(true);
        return this;
    }

    /// No item may take longer from its first stage to its last; none without this. One that does is interrupted and fails with
    /// kind DEADLINE, also if its stage goes on.
    ///
    /// @throws IllegalArgumentException if it is less than 1 ms or more than 24 days
    public GroupBuilder deadline(Duration limit) {
        request.setItemDeadlineMs(millis("deadline", limit));
        return this;
    }

    /// No stage may take longer with one item; as [#deadline(Duration)].
    ///
    /// @throws IllegalArgumentException if it is less than 1 ms or more than 24 days
    public GroupBuilder stageDeadline(Duration limit) {
        request.setStageDeadlineMs(millis("stage deadline", limit));
        return this;
    }

    private static int millis(String what, Duration limit) {
        long millis = Limits.bounded(limit).toMillis();
        if (millis < 1 || millis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    what + ": " + limit + " (expected: 1 ms to 24 days)");
        }
        return (int) millis;
    }

    /// Each item has a key, see [Group#submit(String, byte[])]: items of one key run one after the other. An item that fails
    /// does not keep the later ones of its key from running.
    public GroupBuilder keyed() {
        request.setKeyed(true);
        return this;
    }

    /// The group moves to what new groups get when that changes, also back: between two items, so that each one runs on one
    /// version, also if it runs again. It waits for the items under way meanwhile. Without this it stays on the version that it
    /// was opened on. Its window is at most what a coordinator takes while it moves: 262,144 items, and 16 MiB less 16 bytes for
    /// each item of the window.
    ///
    /// Within this object's life. A group that goes on with a [ResumeToken] stays on the token's version: what the process that
    /// is gone has sent nobody knows.
    public GroupBuilder following() {
        request.setFollowing(true);
        return this;
    }

    /// Items that fail are kept on their coordinator, with their bytes and why they failed, for operators who list them and
    /// run them again (`group dead-letters`, `group replay`): as many as its bounds allow, until their time to live is over.
    /// Without this they are not.
    public GroupBuilder keepFaulted() {
        request.setKeepFaulted(true);
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

    /// The group's id, unique for ever, so that this opens once; without it a random one for each [#open].
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

    /// How long [#open] waits for one coordinator: 60 s without this. Workers have to open the plugin's resources meanwhile, for
    /// which they and the coordinator have limits of their own: 30 s unless their `openTimeoutMs` say otherwise. So more than
    /// that helps only where those are raised.
    public GroupBuilder openTimeout(Duration timeout) {
        openTimeout = Limits.bounded(timeout);
        return this;
    }

    /// How long the coordinator has to answer [Group#cancel]: 500 ms without this. Then the call ends, which reaches the
    /// workers also where the coordinator reads nothing, and what has no outcome here comes back as aborted.
    public GroupBuilder cancelTimeout(Duration timeout) {
        limits = limits.withCancelTimeout(timeout);
        return this;
    }

    /// How long another coordinator is looked for when one is lost, or any for a group that goes on with a token: 60 s without
    /// this, then the group ends with a [ClientException]. Zero: it ends at once.
    ///
    /// @throws IllegalArgumentException if it is negative
    public GroupBuilder resumeTimeout(Duration timeout) {
        limits = limits.withResumeTimeout(timeout);
        return this;
    }

    /// Goes on with a group of another process of this client, which has ended or is about to: the newest one serves, by
    /// their hosts' clocks, and the others end with CONFLICT: also one that follows a process whose clock was more than three
    /// seconds ahead, unless that had stored a token since it opened the group. It has the same id, version and order; the configuration is not
    /// in the token.
    ///
    /// @throws IllegalArgumentException if the token is of another plugin
    public GroupBuilder resume(ResumeToken from) {
        if (!from.plugin().equals(plugin)) {
            throw new IllegalArgumentException(
                    "resume token: of plugin \""
                            + from.plugin()
                            + "\" (expected: \""
                            + plugin
                            + "\")");
        }
        token = from;
        return this;
    }

    /// Opens the group: asks an overseer for a coordinator, and for others if that one does not take it.
    ///
    /// @throws ClientException if no overseer or coordinator is reachable, the plugin or version does not exist, or the
    ///     plugin refuses the configuration or cannot open its resources; with its text
    public Group open() throws InterruptedException {
        ResumeToken from = token;
        UUID group = from == null ? idOrRandom() : from.group();
        request.setGroup(bytes(group)).setMoves(!limits.resumeTimeout().isZero());
        if (from != null) {
            request.setOrdered(from.isOrdered());
        }
        String title = "group " + group + " of " + plugin;
        Opener opener = new Opener(coordinators, connections, leases, title, openTimeout);
        Conversation conversation =
                new Conversation(
                        title,
                        request.getFollowing() ? limits.following() : limits,
                        from == null
                                ? new Reopening(request.build())
                                : new Reopening(request.build(), from, System.currentTimeMillis()),
                        from == null ? new Sequences() : new Sequences(from.open(), from.next()),
                        opener);
        if (from == null) {
            opener.open(conversation, plugin);
        } else {
            opener.resume(conversation, limits.resumeTimeout());
        }
        conversation.start();
        return new Group(group, conversation);
    }

    private UUID idOrRandom() {
        return id == null ? UUID.randomUUID() : id;
    }

    private static ByteString bytes(UUID id) {
        return ByteString.copyFrom(
                ByteBuffer.allocate(16)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .flip());
    }
}
