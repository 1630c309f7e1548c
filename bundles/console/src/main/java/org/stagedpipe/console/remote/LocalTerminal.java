package org.stagedpipe.console.remote;

import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.session.ClientSession;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumSet;

/// The terminal of this process, raw: every key goes to the other end, also Ctrl-C. Closed, it is as it was.
final class LocalTerminal implements AutoCloseable {

    private static final Duration OPEN = Duration.ofSeconds(10);

    private final Terminal terminal;
    private final Attributes before;

    private LocalTerminal(Terminal terminal) {
        this.terminal = terminal;
        this.before = terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlags(EnumSet.of(LocalFlag.ISIG), false);
        raw.setInputFlags(EnumSet.of(InputFlag.ICRNL, InputFlag.IXON), false);
        raw.setOutputFlags(EnumSet.of(OutputFlag.OPOST), false);
        terminal.setAttributes(raw);
    }

    static LocalTerminal open() throws IOException {
        return new LocalTerminal(TerminalBuilder.builder().system(true).build());
    }

    /// Joins it with a shell of that session; returns at once.
    ClientChannel join(ClientSession session) throws IOException {
        ChannelShell channel = session.createShellChannel();
        Size size = terminal.getSize();
        channel.setUsePty(true);
        channel.setPtyType(terminal.getType());
        channel.setPtyColumns(size.getColumns());
        channel.setPtyLines(size.getRows());
        channel.setIn(terminal.input());
        channel.setOut(terminal.output());
        channel.setErr(terminal.output());
        terminal.handle(Terminal.Signal.WINCH, signal -> resize(channel));
        channel.open().verify(OPEN);
        return channel;
    }

    private void resize(ChannelShell channel) {
        Size size = terminal.getSize();
        try {
            channel.sendWindowChange(size.getColumns(), size.getRows());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        terminal.setAttributes(before);
        terminal.flush();
    }
}
