package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterPart;
import org.stagedpipe.protocol.v1.ReadDeadLettersRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.time.Duration;

/// The letters that one coordinator keeps of a group, one after the other. For one thread; who makes it closes it.
final class LetterStream implements AutoCloseable {

    private static final int MAX_ITEM_BYTES = 100 << 20;

    private final String coordinator;
    private final Exchange<ReadDeadLettersRequest, DeadLetterPart> exchange;
    private final Duration silence;
    private int count;
    private @Nullable DeadLetterPart ahead; // what came behind the last item's bytes
    private boolean isAhead;

    /// Where a letter is.
    record Place(String coordinator, int index, DeadLetter letter) {

        static Place later(Place one, Place other) {
            return other.letter.getTimeMs() >= one.letter.getTimeMs() ? other : one;
        }

        boolean isSame(Place other) {
            return coordinator.equals(other.coordinator) && index == other.index;
        }

        long sequence() {
            return letter.getFault().getSequence();
        }
    }

    /// @param silence how long the coordinator may say nothing while it is asked
    LetterStream(
            String coordinator,
            Exchange<ReadDeadLettersRequest, DeadLetterPart> exchange,
            Duration silence) {
        this.coordinator = coordinator;
        this.silence = silence;
        this.exchange = exchange;
    }

    /// Asks for them; call once, first.
    void ask(ByteString group, boolean withData) throws CallException, InterruptedException {
        exchange.send(
                ReadDeadLettersRequest.newBuilder()
                        .setGroup(group)
                        .setWithoutData(!withData)
                        .build());
        exchange.complete();
    }

    /// The next letter, null after the last one. What was not read of the one before is passed over.
    @Nullable Place next() throws CallException, InterruptedException {
        DeadLetterPart part = isAhead ? ahead : exchange.next(silence);
        while (part != null && !part.hasLetter()) {
            part = exchange.next(silence);
        }
        isAhead = false;
        ahead = null;
        return part == null ? null : new Place(coordinator, count++, part.getLetter());
    }

    /// The bytes of the letter that came last, if they were asked for; once. Waits for what comes behind them: the coordinator
    /// says there whether they are what it was to keep.
    byte[] data(Place place) throws CallException, InterruptedException {
        byte[] data = new byte[size(place)];
        int filled = 0;
        DeadLetterPart part = exchange.next(silence);
        for (; part != null && !part.hasLetter(); part = exchange.next(silence)) {
            if (part.getData().size() > data.length - filled) {
                throw wrong(place, "more than " + data.length + " bytes");
            }
            part.getData().copyTo(data, filled);
            filled += part.getData().size();
        }
        if (filled < data.length) {
            throw wrong(place, filled + " of " + data.length + " bytes");
        }
        ahead = part;
        isAhead = true;
        return data;
    }

    /// Gives up what has not come.
    @Override
    public void close() {
        exchange.close();
    }

    private static int size(Place place) throws CallException {
        long size = place.letter.getSize();
        if (size < 0 || size > MAX_ITEM_BYTES) {
            throw wrong(place, size + " bytes");
        }
        return (int) size;
    }

    private static CallException wrong(Place place, String what) {
        return new CallException(
                Kind.INTERNAL,
                "coordinator "
                        + place.coordinator
                        + " sent "
                        + what
                        + " of item "
                        + place.sequence());
    }
}
