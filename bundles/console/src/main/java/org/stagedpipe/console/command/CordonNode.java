package org.stagedpipe.console.command;

import org.stagedpipe.console.admin.AdminClient;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/// Whether a node gets anything new.
abstract class CordonNode implements Callable<Integer> {

    private final ConsoleContext context;
    private final boolean cordoned;

    @Parameters(paramLabel = Labels.NODE, description = "the node's name")
    private String name = "";

    private volatile boolean isTold; // and this is not over

    private CordonNode(ConsoleContext context, boolean cordoned) {
        this.context = context;
        this.cordoned = cordoned;
    }

    @Override
    public final Integer call() throws CallException, InterruptedException {
        NodeEntry node;
        try (LastingOverseer overseer = new LastingOverseer(context, new ProgressView(context));
                LastWord _ = new LastWord(this::leave)) {
            NodeEntry told = overseer.ask(this::cordon);
            isTold = true;
            node = after(told, overseer);
            isTold = false;
        } catch (InterruptedException e) {
            leave();
            throw e;
        }
        if (context.isJson()) {
            context.printJson(NodeView.of(node));
        } else {
            context.print(name + " " + done() + "\n");
        }
        return ExitCode.OK;
    }

    /// Ctrl-C ends the command line, and interrupts the thread of a shell's command; what the node was told holds.
    private void leave() {
        if (isTold && cordoned) {
            context.note(
                    name + " stays cordoned: node resume " + name + " gives it new work again");
        }
    }

    /// Whether it waits until the node has nothing left.
    boolean isWaitedFor() {
        return false;
    }

    /// What holds once the command is over.
    abstract String done();

    /// What remains to be done.
    ///
    /// @return the node as it is then
    NodeEntry after(NodeEntry node, LastingOverseer overseer)
            throws CallException, InterruptedException {
        return node;
    }

    private NodeEntry cordon(AdminClient admin) throws CallException, InterruptedException {
        try {
            return admin.cordon(name, cordoned, isWaitedFor());
        } catch (CallException e) {
            throw NodeCommands.named(admin, name, "node", e);
        }
    }

    @Command(
            name = "cordon",
            description =
                    "gives a coordinator no new groups, a worker no new items, until it is resumed;"
                            + " without any worker groups fail after half a minute")
    static final class Cordon extends CordonNode {

        Cordon(ConsoleContext context) {
            super(context, true);
        }

        @Override
        String done() {
            return "gets nothing new";
        }
    }

    @Command(name = "resume", description = "gives a node new work again")
    static final class Resume extends CordonNode {

        Resume(ConsoleContext context) {
            super(context, false);
        }

        @Override
        String done() {
            return "gets new work again";
        }
    }

    @Command(
            name = "drain",
            description =
                    "cordons a node, and waits until a coordinator has no groups, a worker no"
                            + " items")
    static final class Drain extends CordonNode {

        private static final Duration LOOK_EVERY = Duration.ofMillis(500);

        @Option(
                names = "--timeout",
                paramLabel = "DURATION",
                converter = DurationConverter.class,
                description =
                        "for what the node has; it stays cordoned afterwards (default:"
                                + " ${DEFAULT-VALUE})",
                defaultValue = "5m")
        private Duration timeout = Duration.ZERO;

        Drain(ConsoleContext context) {
            super(context, true);
        }

        @Override
        String done() {
            return "gets nothing new and has nothing left";
        }

        @Override
        boolean isWaitedFor() {
            return true;
        }

        /// Two heartbeats in a row without anything, once all coordinators know: what was on its way when they heard has come in
        /// between. One that is no member any more may only be cut off, unless it was about to stop.
        @Override
        NodeEntry after(NodeEntry cordoned, LastingOverseer overseer)
                throws CallException, InterruptedException {
            long from = System.nanoTime();
            NodeEntry last = cordoned;
            boolean here = true;
            int idle = 0;
            while (idle < 2) {
                if (System.nanoTime() - from > timeout.toNanos()) {
                    throw new CallException(Kind.TIMED_OUT, late(last, here));
                }
                Thread.sleep(LOOK_EVERY);
                Optional<NodeEntry> now =
                        overseer.ask(AdminClient::nodes).stream()
                                .filter(other -> other.getName().equals(cordoned.getName()))
                                .findFirst();
                here = now.isPresent();
                if (here) {
                    refuseResumed(now.get());
                }
                if (!here && last.getState().equals("leaving")) {
                    return last;
                }
                if (here && now.get().getLastSeenMs() != last.getLastSeenMs()) {
                    idle = isIdle(now.get()) ? idle + 1 : 0;
                }
                last = now.orElse(last);
            }
            return last;
        }

        private static void refuseResumed(NodeEntry node) throws CallException {
            if (node.getState().equals("ready")) {
                throw new CallException(
                        Kind.CONFLICT,
                        node.getName()
                                + ": somebody resumed it meanwhile (expected: cordoned until it has"
                                + " nothing left)");
            }
        }

        /// A big item on its way in has bytes already and is no item yet.
        private static boolean isIdle(NodeEntry node) {
            if (node.getCordoning()) {
                return false;
            }
            return node.getRole() == Role.COORDINATOR
                    ? node.getLoad().getGroups() == 0
                    : node.getLoad().getItemsInFlight() == 0
                            && node.getLoad().getBytesInFlight() == 0;
        }

        private String late(NodeEntry last, boolean here) {
            String has =
                    last.getRole() == Role.COORDINATOR
                            ? last.getLoad().getGroups()
                                    + (last.getLoad().getGroups() == 1 ? " group" : " groups")
                            : last.getLoad().getItemsInFlight() + " items";
            return last.getName()
                    + (here ? " still has " : " is no member any more; seen last with ")
                    + has
                    + " after "
                    + timeout.toMillis()
                    + " ms; it stays cordoned"
                    + (last.getCordoning() ? ", not all coordinators know of it" : "");
        }
    }
}
