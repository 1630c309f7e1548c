package org.stagedpipe.console.shell;

import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.List;

/// The ssh port: who has one of the authorized keys gets a shell or runs a command; nothing else is offered, no
/// passwords, no forwarding, no files. Owns the threads of its server.
final class SshPort implements AutoCloseable {

    private static final Duration AUTHENTICATED_WITHIN = Duration.ofSeconds(30);
    private static final int MAX_CHANNELS = 8;

    private final SshServer server;
    private final Endpoint endpoint;

    private SshPort(SshServer server, Endpoint endpoint) {
        this.server = server;
        this.endpoint = endpoint;
    }

    /// Listens.
    ///
    /// @throws IOException if the port is in use; the text is one line
    static SshPort open(ConsoleSettings settings, ConsoleFolder folder, Sessions sessions)
            throws IOException {
        Endpoint listen = settings.ssh();
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost(listen.host());
        server.setPort(listen.port());
        server.setKeyPairProvider(KeyPairProvider.wrap(folder.hostKey()));
        server.setUserAuthFactories(
                List.of(UserAuthPublicKeyFactory.INSTANCE)); // asks no passwords
        server.setPublickeyAuthenticator(new KeyOwners(folder.authorizedKeys()));
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setSubsystemFactories(List.of());
        server.setShellFactory(channel -> sessions.shell());
        server.setCommandFactory((channel, line) -> sessions.line(line));
        CoreModuleProperties.IDLE_TIMEOUT.set(server, settings.idleTimeout());
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(server, settings.idleTimeout());
        CoreModuleProperties.AUTH_TIMEOUT.set(server, AUTHENTICATED_WITHIN);
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(server, MAX_CHANNELS);
        try {
            server.start();
        } catch (BindException e) {
            server.close(true);
            throw new IOException(
                    "port "
                            + listen.port()
                            + " on "
                            + listen.host()
                            + " cannot be listened on: "
                            + e.getMessage(),
                    e);
        }
        return new SshPort(server, new Endpoint(listen.host(), server.getPort()));
    }

    /// Where it listens, with the real port.
    Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        server.close(true);
    }
}
