package org.stagedpipe.console.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.AcceptAllPublickeyAuthenticator;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RemoteShellTest {

    @TempDir Path folder;

    @Test
    void saysInOneWayThatNobodyAnswers() {
        Endpoint nobody = new Endpoint("127.0.0.1", 1);
        CallException failure =
                assertThrows(
                        CallException.class,
                        () -> RemoteShell.open(nobody, null, HostKey.of("SHA256:x")));
        assertEquals("no console answers at 127.0.0.1:1: Connection refused", failure.getMessage());
    }

    @Test
    void anotherProgramRefusesNoKey() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual()
                    .start(() -> {
                        try (Socket socket = other.accept()) {
                            byte[] text =
                                    "HTTP/1.1 400 Bad\r\n\r\n".getBytes(StandardCharsets.UTF_8);
                            socket.getOutputStream().write(text);
                        } catch (IOException e) {
                            // the test has ended
                        }
                    });
            Endpoint at = new Endpoint("127.0.0.1", other.getLocalPort());
            CallException failure =
                    assertThrows(
                            CallException.class,
                            () -> RemoteShell.open(at, null, HostKey.of("SHA256:x")));
            assertEquals(Kind.UNREACHABLE, failure.kind(), failure.getMessage());
            assertTrue(
                    failure.getMessage().startsWith("no console answers at " + at + ": "),
                    failure.getMessage());
        }
    }

    @Test
    void aConsoleThatFreezesIsLost() throws Exception {
        KeyPair key = key();
        Path identity = folder.resolve("key");
        try (OutputStream out = Files.newOutputStream(identity)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "me", null, out);
        }
        CountDownLatch runs = new CountDownLatch(1);
        try (SshServer server = server(key, runs);
                Frozen way = new Frozen(server.getPort());
                RemoteShell shell =
                        RemoteShell.open(
                                way.endpoint(),
                                identity,
                                HostKey.of(KeyUtils.getFingerPrint(key.getPublic())),
                                Duration.ofSeconds(1))) {
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            runs.await();
                            way.freeze();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            ConsoleIo io =
                    ConsoleIo.plain(
                            InputStream.nullInputStream(),
                            new PrintStream(OutputStream.nullOutputStream()),
                            new PrintStream(OutputStream.nullOutputStream()));
            CallException lost =
                    assertThrows(CallException.class, () -> shell.line("anything", io));
            assertEquals(Kind.UNREACHABLE, lost.kind());
        }
    }

    private static KeyPair key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /// One whose commands never end.
    private static SshServer server(KeyPair key, CountDownLatch runs) throws IOException {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setKeyPairProvider(KeyPairProvider.wrap(List.of(key)));
        server.setPublickeyAuthenticator(AcceptAllPublickeyAuthenticator.INSTANCE);
        server.setCommandFactory((channel, line) -> new Endless(line, runs));
        server.start();
        return server;
    }

    private static final class Endless extends AbstractCommandSupport {

        private final CountDownLatch runs;

        Endless(String line, CountDownLatch runs) {
            super(line, null);
            this.runs = runs;
        }

        @Override
        public void run() {
            runs.countDown();
        }

        @Override
        public void destroy(ChannelSession channel) {}
    }

    /// A way to a port over which nothing comes any more once it is frozen.
    private static final class Frozen implements AutoCloseable {

        private final ServerSocket listening =
                new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private volatile boolean isFrozen;

        Frozen(int port) throws IOException {
            Thread.ofVirtual()
                    .start(() -> {
                        try (Socket client = listening.accept();
                                Socket server = new Socket("127.0.0.1", port)) {
                            Thread.ofVirtual().start(() -> pass(client, server));
                            pass(server, client);
                        } catch (IOException e) {
                            // the test has ended
                        }
                    });
        }

        private void pass(Socket from, Socket to) {
            byte[] bytes = new byte[8_192];
            try {
                for (int n = from.getInputStream().read(bytes);
                        n >= 0;
                        n = from.getInputStream().read(bytes)) {
                    if (!isFrozen) {
                        to.getOutputStream().write(bytes, 0, n);
                    }
                }
            } catch (IOException e) {
                // the test has ended
            }
        }

        Endpoint endpoint() {
            return new Endpoint("127.0.0.1", listening.getLocalPort());
        }

        void freeze() {
            isFrozen = true;
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
