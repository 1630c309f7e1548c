package org.stagedpipe.console;

import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.stagedpipe.console.command.ShellAccess;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;

/// A person at a terminal that is joined with a shell by ssh.
final class Typist implements AutoCloseable {

    private static final Duration WAIT = Duration.ofSeconds(20);

    private final SshClient client = SshClient.setUpDefaultClient();
    private final ClientSession session;
    private final ChannelShell shell;
    private final OutputStream keys;
    private final Screen screen = new Screen();

    Typist(ShellAccess access) throws Exception {
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.setKeyIdentityProvider(new FileKeyPairProvider(access.identity()));
        client.start();
        session =
                client.connect("me", access.ssh().host(), access.ssh().port())
                        .verify(WAIT)
                        .getSession();
        session.auth().verify(WAIT);
        shell = session.createShellChannel();
        shell.setUsePty(true);
        shell.setPtyType("xterm-256color");
        shell.setPtyColumns(160);
        shell.setPtyLines(40);
        shell.setOut(screen);
        shell.open().verify(WAIT);
        keys = shell.getInvertedIn();
        sees("o1> ");
    }

    /// Types it; nothing is waited for.
    Typist types(String text) throws Exception {
        keys.write(text.getBytes(StandardCharsets.UTF_8));
        keys.flush();
        return this;
    }

    /// Waits until the screen shows it, then forgets that and what came before.
    Typist sees(String text) throws InterruptedException {
        screen.await(text, WAIT);
        return this;
    }

    /// All that was written so far, with the codes for colours and places.
    String raw() {
        return screen.raw();
    }

    /// Waits until the shell has ended.
    int exitCode() {
        shell.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), WAIT);
        return shell.getExitStatus();
    }

    @Override
    public void close() {
        session.close(true);
        client.stop();
    }

    /// What was written, without the codes for colours and places.
    private static final class Screen extends OutputStream {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int seen;

        @Override
        public synchronized void write(int b) {
            bytes.write(b);
            notifyAll();
        }

        @Override
        public synchronized void write(byte[] some, int offset, int length) {
            bytes.write(some, offset, length);
            notifyAll();
        }

        synchronized void await(String text, Duration timeout) throws InterruptedException {
            long end = System.nanoTime() + timeout.toNanos();
            while (plain().indexOf(text, seen) < 0) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError(
                            "not seen: \"" + text + "\" in:\n" + plain().substring(seen));
                }
                wait(left);
            }
            seen = plain().indexOf(text, seen) + text.length();
        }

        synchronized String raw() {
            return bytes.toString(StandardCharsets.UTF_8);
        }

        private String plain() {
            return raw().replaceAll("\u001b(\\[[0-9;?]*[ -/]*[@-~]|[=>]|\\([A-Z0-9])", "");
        }
    }
}
