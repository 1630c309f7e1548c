package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandProcessor;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.key.Ed25519;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.node.LocalOverseer;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The console of one overseer: its commands in Gogo, its ssh port, its folder. [#open] starts it, close ends it with
/// all its sessions.
///
/// Where the overseer asks for certificates and the console has none, no command could do anything: there are none then,
/// and no port.
final class OverseerConsole implements AutoCloseable {

    private final Deque<Runnable> closing = new ArrayDeque<>();
    private String served = "";

    private OverseerConsole() {}

    /// Offers the commands and listens.
    ///
    /// @throws IOException if the port is in use, or the folder cannot be used; the text is one line
    static OverseerConsole open(
            ConsoleSettings settings,
            LocalOverseer overseer,
            CommandProcessor gogo,
            Whiteboard whiteboard)
            throws IOException {
        OverseerConsole console = new OverseerConsole();
        if (overseer.isMutual() && !settings.security().isMutual()) {
            console.served =
                    "no console: %s: tlsCertificate: missing (expected: an operator's, as the overseer asks for one)"
                            .formatted(ConsoleSettings.PID);
            return console;
        }
        boolean open = false;
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // The ssh library looks there first, in all its threads, and must not find a copy outside
        // of the container.
        thread.setContextClassLoader(OverseerConsole.class.getClassLoader());
        try {
            console.open(settings, overseer.name(), defaults(settings, overseer), gogo, whiteboard);
            open = true;
            return console;
        } finally {
            thread.setContextClassLoader(before);
            if (!open) {
                console.close();
            }
        }
    }

    private void open(
            ConsoleSettings settings,
            String overseer,
            Defaults defaults,
            CommandProcessor gogo,
            Whiteboard whiteboard)
            throws IOException {
        Ed25519.register();
        ConsoleFolder folder = ConsoleFolder.in(settings.data());
        CommandSet commands = new CommandSet(defaults);
        commands.offerTo(whiteboard);
        closing.push(whiteboard::close);
        Shells shells =
                new Shells(gogo, commands, overseer, folder.history(), settings.historyLines());
        Sessions sessions = new Sessions(shells, settings.maxSessions());
        closing.push(sessions::close);
        SshPort port = SshPort.open(settings, folder, sessions);
        closing.push(port::close);
        folder.announce(port.endpoint());
        closing.push(folder::withdraw);
        served = "ssh on " + port.endpoint();
    }

    private static Defaults defaults(ConsoleSettings settings, LocalOverseer overseer) {
        Endpoint endpoint = overseer.endpoint();
        return new Defaults() {

            @Override
            public List<Endpoint> overseers() {
                return List.of(endpoint);
            }

            @Override
            public Security security() {
                return settings.security();
            }
        };
    }

    /// What the launcher prints.
    @Override
    public String toString() {
        return served;
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
    }
}
