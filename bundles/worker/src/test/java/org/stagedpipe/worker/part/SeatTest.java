package org.stagedpipe.worker.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.Suspicion;
import org.stagedpipe.protocol.v1.WatchRequest;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Receiver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Whose suspect runs, and who is told before.
class SeatTest {

    private static final ByteString PROCESS = ByteString.copyFromUtf8("p1");

    private long nowMs;
    private final Seat seat = new Seat(PROCESS, () -> TimeUnit.MILLISECONDS.toNanos(nowMs));
    private final List<String> woken = new ArrayList<>();

    @Test
    void suspectsOfAllPartsRunOneAtATimeInTheOrderInWhichTheyCome() {
        Seat.Place first = place("first", "c1");
        Seat.Place second = place("second", "c2");
        Seat.Place third = place("third", "c1");
        assertTrue(first.take());
        assertTrue(first.take(), "it has it");
        assertFalse(second.take());
        assertFalse(third.take());
        assertFalse(second.take(), "it waits in its place");

        first.ended();
        assertEquals(List.of("second"), woken);
        assertFalse(third.take());
        assertTrue(second.take());
        second.ended();
        assertEquals(List.of("second", "third"), woken);
        assertTrue(third.take());
        third.leave().run();
        assertTrue(first.take(), "nobody waits");
        assertEquals(List.of("second", "third"), woken);
    }

    @Test
    void whoLeavesTheLineHoldsUpNobody() {
        Seat.Place first = place("first", "c1");
        Seat.Place gone = place("gone", "c1");
        Seat.Place last = place("last", "c1");
        assertTrue(first.take());
        assertFalse(gone.take());
        assertFalse(last.take());
        gone.ended(); // of something else
        gone.leave().run();
        assertEquals(List.of(), woken);
        first.leave().run();
        assertEquals(List.of("last"), woken);
        assertTrue(last.take());
    }

    @Test
    void saysHowLongASuspectWaits() {
        Seat.Place first = place("first", "c1");
        Seat.Place second = place("second", "c2");
        first.take();
        second.take();
        nowMs += 70;
        assertEquals(0, first.waitedNanos());
        assertEquals(70_000_000, second.waitedNanos());
        second.leave();
        assertEquals(0, second.waitedNanos());
    }

    @Test
    void aSuspectBeginsWhenAllOtherCoordinatorsHaveSaidThatTheyKnow() {
        Coordinator own = new Coordinator("c1");
        Coordinator other = new Coordinator("c2");
        Coordinator third = new Coordinator("c3");
        Seat.Place suspect = place("suspect", "c1");
        assertFalse(suspect.take());
        assertEquals(List.of("1 free"), own.told);
        assertEquals(List.of("1 free", "2 suspect"), other.told);
        other.answers(2);
        assertFalse(suspect.take());
        third.answers(1); // of before
        assertFalse(suspect.take());
        assertEquals(List.of(), woken);
        third.answers(2);
        assertEquals(List.of("suspect"), woken);
        assertTrue(suspect.take());

        suspect.ended();
        assertEquals(List.of("1 free", "2 suspect", "3 free"), other.told);
        assertEquals(List.of("1 free"), own.told);
    }

    /// What ends the process is charged to it, so its own coordinator must know that no other suspect runs any more.
    @Test
    void aSuspectBeginsWhenItsOwnCoordinatorKnowsThatTheOneBeforeIsOver() {
        Coordinator one = new Coordinator("c1");
        Coordinator two = new Coordinator("c2");
        Seat.Place first = place("first", "c1");
        Seat.Place second = place("second", "c2");
        first.take();
        two.answers(2);
        assertTrue(first.take());
        assertFalse(second.take());
        first.ended();
        assertEquals(List.of("1 free", "2 suspect", "3 free"), two.told);
        assertEquals(List.of("1 free", "2 suspect"), one.told);
        one.answers(2);
        assertFalse(second.take());
        two.answers(3);
        assertTrue(second.take());
    }

    @Test
    void whoKnowsOfOneSuspectIsNotToldOfTheNext() {
        Coordinator other = new Coordinator("c2");
        Seat.Place first = place("first", "c1");
        Seat.Place second = place("second", "c1");
        first.take();
        other.answers(2);
        first.take();
        second.take();
        first.ended();
        assertTrue(second.take());
        assertEquals(List.of("1 free", "2 suspect"), other.told);
    }

    @Test
    void whoDoesNotAnswerIsGivenUpAndNotAskedAgainUntilItDoes() {
        Coordinator frozen = new Coordinator("c2");
        Seat.Place suspect = place("suspect", "c1");
        suspect.take();
        nowMs += 2_999;
        seat.look();
        assertEquals(List.of(), woken);
        nowMs++;
        seat.look();
        seat.look();
        assertEquals(List.of("suspect"), woken);
        assertTrue(suspect.take());
        suspect.ended();
        assertTrue(suspect.take(), "it is not waited for again");
        suspect.ended();
        assertEquals(List.of("1 free", "2 suspect"), frozen.told);

        frozen.answers(1);
        assertEquals(List.of("1 free", "2 suspect", "3 free"), frozen.told);
        frozen.answers(2);
        assertFalse(suspect.take(), "it answers again");
        frozen.answers(3);
        frozen.answers(4);
        assertTrue(suspect.take());
    }

    @Test
    void aCoordinatorThatGoesIsNotWaitedFor() {
        Coordinator lost = new Coordinator("c2");
        Coordinator done = new Coordinator("c3");
        Seat.Place suspect = place("suspect", "c1");
        suspect.take();
        lost.stream.onFailure(new CallException(Kind.CANCELLED, "gone"));
        assertEquals(List.of(), woken);
        done.stream.onComplete();
        assertEquals(List.of("suspect"), woken);
        assertTrue(done.hasEnded);
    }

    @Test
    void whoComesWhileASuspectRunsIsTold() {
        Seat.Place suspect = place("suspect", "c1");
        assertTrue(suspect.take());
        assertEquals(List.of("1 suspect"), new Coordinator("c2").told);
        assertEquals(List.of("1 free"), new Coordinator("c1").told);
        assertTrue(suspect.take(), "it runs on");
    }

    @Test
    void whoDoesNotSayItsNameIsNotWaitedForAndEnds() {
        Coordinator nobody = new Coordinator("");
        assertTrue(nobody.hasEnded);
        assertEquals(List.of(), nobody.told);
        assertTrue(place("suspect", "c1").take());
        nobody.hasEnded = false;
        seat.close();
        assertFalse(nobody.hasEnded, "it is forgotten");
    }

    @Test
    void endsAllStreams() {
        Coordinator one = new Coordinator("c1");
        seat.close();
        assertTrue(one.hasEnded);
        assertTrue(place("suspect", "c2").take());
    }

    private Seat.Place place(String name, String coordinator) {
        Seat.Place place = seat.place(() -> woken.add(name));
        place.of(coordinator);
        return place;
    }

    /// One that watches, and answers as the test says.
    private final class Coordinator implements Call<Suspicion> {
        final List<String> told = new ArrayList<>();
        final Receiver<WatchRequest> stream = seat.open(this);
        boolean hasEnded;

        Coordinator(String name) {
            stream.onMessage(WatchRequest.newBuilder().setCoordinator(name).build());
            if (!told.isEmpty() && told.getFirst().equals("1 free")) {
                answers(1);
            }
        }

        void answers(long turn) {
            stream.onMessage(WatchRequest.newBuilder().setTurn(turn).build());
        }

        @Override
        public void send(Suspicion message) {
            assertEquals(PROCESS, message.getIncarnation());
            told.add(message.getTurn() + (message.getOfAnother() ? " suspect" : " free"));
        }

        @Override
        public void complete() {
            hasEnded = true;
        }

        @Override
        public void fail(CallException why) {
            assertEquals(Kind.INVALID, why.kind());
            hasEnded = true;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void request(int messages) {}
    }
}
