package org.stagedpipe.console.remote;

import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.UsageException;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// A connection to an overseer's console. For one thread; who opens it closes it.
final class RemoteShell implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration PROVE = Duration.ofSeconds(10);
    private static final Duration ALIVE = Duration.ofSeconds(10);
    private static final int UNANSWERED = 2;

    /// What ends an authentication that the console refuses: no more keys, or too many.
    private static final Set<Integer> REFUSALS =
            Set.of(
                    SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE,
                    SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR);

    private final Endpoint peer;
    private final SshClient client;
    private final ClientSession session;

    private RemoteShell(Endpoint peer, SshClient client, ClientSession session) {
        this.peer = peer;
        this.client = client;
        this.session = session;
    }

    /// Connects and proves who the caller is.
    ///
    /// @param identity null for the keys in `~/.ssh`
    /// @throws CallException if nobody answers there, has another key, or refuses the caller's
    static RemoteShell open(Endpoint peer, @Nullable Path identity, HostKey hostKey)
            throws CallException {
        return open(peer, identity, hostKey, ALIVE);
    }

    /// @param alive how often the console is asked for a sign of life; a few times without any, and it is lost
    static RemoteShell open(Endpoint peer, @Nullable Path identity, HostKey hostKey, Duration alive)
            throws CallException {
        SshClient client = SshClient.setUpDefaultClient();
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setServerKeyVerifier(hostKey);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, alive);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, UNANSWERED);
        if (identity != null) {
            if (!Files.isReadable(identity)) {
                throw new CallException(
                        Kind.NOT_PERMITTED, identity + " (expected: a readable private key)");
            }
            client.setKeyIdentityProvider(new FileKeyPairProvider(identity));
        }
        client.start();
        boolean open = false;
        try {
            RemoteShell shell = new RemoteShell(peer, client, connect(client, peer));
            shell.prove(hostKey);
            open = true;
            return shell;
        } finally {
            if (!open) {
                client.stop();
            }
        }
    }

    /// @throws UsageException if that is no private key, or cannot be read
    static void requireKey(Path identity) {
        boolean isKey = Files.isRegularFile(identity) && Files.isReadable(identity);
        try {
            if (isKey && new FileKeyPairProvider(identity).loadKeys(null).iterator().hasNext()) {
                return;
            }
        } catch (RuntimeException e) {
            throw notAKey(identity, ": " + e.getMessage());
        }
        throw notAKey(identity, "");
    }

    private static UsageException notAKey(Path identity, String why) {
        return new UsageException(
                "--identity: " + identity + why + " (expected: a readable private key)");
    }

    private static ClientSession connect(SshClient client, Endpoint peer) throws CallException {
        try {
            return client.connect(System.getProperty("user.name"), peer.host(), peer.port())
                    .verify(CONNECT)
                    .getSession();
        } catch (IOException e) {
            throw silent(peer, e);
        }
    }

    private static CallException silent(Endpoint peer, IOException e) {
        return new CallException(
                Kind.UNREACHABLE, "no console answers at " + peer + ": " + cause(e), e);
    }

    /// Without what the ssh library says of its own objects.
    private static String cause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private void prove(HostKey hostKey) throws CallException {
        try {
            session.auth().verify(PROVE);
        } catch (IOException e) {
            Optional<String> refusal = hostKey.refusal().or(() -> refusal(e));
            if (refusal.isEmpty()) {
                throw silent(peer, e);
            }
            throw new CallException(Kind.NOT_PERMITTED, peer + ": " + refusal.get(), e);
        }
    }

    /// What the console says, if it is what it has against the caller: another program, or one that is frozen, says no such thing.
    private Optional<String> refusal(IOException e) {
        boolean isRefused =
                session.getServerKey() != null
                        && e instanceof SshException ssh
                        && REFUSALS.contains(ssh.getDisconnectCode());
        return isRefused
                ? Optional.of(
                        "the console refuses this key (expected: one of its authorized_keys): "
                                + e.getMessage())
                : Optional.empty();
    }

    /// Runs one line.
    ///
    /// @return its exit code
    int line(String line, ConsoleIo io) throws CallException, IOException {
        ClientChannel channel = session.createExecChannel(line);
        channel.setIn(InputStream.nullInputStream());
        return run(channel, io);
    }

    /// Runs what comes on standard input, line by line.
    ///
    /// @return the exit code of the line that failed
    int script(ConsoleIo io) throws CallException, IOException {
        var channel = session.createShellChannel();
        channel.setUsePty(false);
        channel.setIn(io.in());
        return run(channel, io);
    }

    /// Joins the terminal of this process with a shell.
    ///
    /// @return the exit code of the last command
    int interactive() throws CallException, IOException {
        try (LocalTerminal terminal = LocalTerminal.open()) {
            return end(terminal.join(session));
        }
    }

    private int run(ClientChannel channel, ConsoleIo io) throws CallException, IOException {
        channel.setOut(io.out());
        channel.setErr(io.err());
        open(channel);
        int exitCode = end(channel);
        io.out().flush();
        io.err().flush();
        return exitCode;
    }

    private void open(ClientChannel channel) throws CallException, IOException {
        OpenFuture opened = channel.open();
        try {
            opened.verify(PROVE);
        } catch (IOException e) {
            if (session.isOpen() && opened.isDone()) {
                throw e; // refused
            }
            throw silent(peer, e);
        }
    }

    private int end(ClientChannel channel) throws CallException {
        channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), Duration.ZERO);
        Integer exitCode = channel.getExitStatus();
        if (exitCode == null) {
            throw new CallException(Kind.UNREACHABLE, "the connection to " + peer + " was lost");
        }
        return exitCode;
    }

    @Override
    public void close() {
        session.close(true);
        client.stop();
    }
}
