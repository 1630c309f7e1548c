package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Chunk;
import org.stagedpipe.protocol.v1.ItemFault;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.Resume;
import org.stagedpipe.transport.CallException;

import java.util.function.Consumer;

/// The way in: each message of a client is checked, accepted, let into the window, and given to the dispatcher; then the
/// next one is asked for. A big item is let in whole with its first chunk, and dispatched with its last one, so that a
/// worker never waits for a slow client in the middle of an item.
final class Inflow {

    private final Limits limits;
    private final Intake intake;
    private final Window window;
    private final Flight flight;
    private final Consumer<Frame> dispatcher;
    private final Resume resume;
    private final Runnable next;
    private @Nullable Frame bigItem; // whose chunks are coming
    private boolean stopped;
    private boolean paused;
    private boolean owed; // a message that was not asked for, because it is paused

    /// @param dispatcher gets frames that are in and whole
    /// @param open says whether items have keys, and which may have run before
    /// @param next asks the client for its next message
    Inflow(
            BigItems bigItems,
            Window window,
            Flight flight,
            Consumer<Frame> dispatcher,
            OpenGroup open,
            Runnable next) {
        this.limits = bigItems.limits();
        this.resume = open.getResume();
        this.intake = new Intake(bigItems, open.getKeyed());
        this.window = window;
        this.flight = flight;
        this.dispatcher = dispatcher;
        this.next = next;
    }

    /// Many small items.
    ///
    /// @throws CallException if they break a rule of the conversation
    void items(Items items) throws CallException {
        Frame frame = intake.items(items);
        number(frame);
        flight.accept(frame);
        window.admit(
                frame,
                () -> {
                    dispatcher.accept(frame);
                    readOn();
                });
    }

    /// A part of a big item.
    ///
    /// @throws CallException if it breaks a rule of the conversation
    void chunk(Chunk chunk) throws CallException {
        Frame begun = intake.chunk(chunk);
        if (begun == null) {
            proceed();
            return;
        }
        number(begun);
        flight.accept(begun);
        if (intake.skips()) {
            window.admit(
                    begun,
                    () -> {
                        refuse(begun);
                        readOn();
                    });
        } else {
            bigItem = begun;
            window.admit(begun, this::proceed);
        }
    }

    /// At its first chunk; the rest comes for nothing.
    private void refuse(Frame frame) {
        String text =
                "an item of "
                        + frame.big().size()
                        + " bytes (expected: at most "
                        + limits.maxItemBytes()
                        + ")";
        flight.fault(frame, ItemFault.Kind.TOO_LARGE, text);
    }

    /// Whether chunks of an item are outstanding.
    boolean isPartial() {
        return intake.isPartial();
    }

    /// The client sends no more.
    ///
    /// @throws CallException if chunks of an item are outstanding
    void end() throws CallException {
        intake.requireWhole("the end");
    }

    private void proceed() {
        Frame frame = bigItem;
        if (frame != null && !intake.isPartial()) {
            bigItem = null;
            if (frame.big().failure() != null) {
                String text = "the coordinator could not keep it: " + frame.big().failure();
                flight.fault(frame, ItemFault.Kind.SYSTEM, text);
            } else {
                dispatcher.accept(frame);
            }
        }
        readOn();
    }

    private void number(Frame frame) {
        if (frame.first() < resume.getNextSequence()) {
            frame.startsAt(resume.getAttempt());
        }
    }

    /// Takes nothing more but the rest of a big item.
    void stop() {
        stopped = true;
    }

    /// Takes nothing more for a while but the rest of a big item, and what was asked for already.
    void pause() {
        paused = true;
    }

    /// Goes on after a pause.
    void proceedAfterPause() {
        paused = false;
        if (owed) {
            owed = false;
            readOn();
        }
    }

    /// Whether all items below that one have come that will.
    boolean hasReached(long sequence) {
        return intake.next() >= sequence;
    }

    private void readOn() {
        if (intake.isPartial() || (!stopped && !paused)) {
            next.run();
        } else {
            owed = !stopped;
        }
    }
}
