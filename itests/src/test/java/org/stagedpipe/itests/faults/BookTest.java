package org.stagedpipe.itests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.Counts;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/// The oracle finds what it is there for.
class BookTest {

    private final Book book = new Book("test", true);

    BookTest() {
        book.opened("1.0.0");
        for (long sequence = 0; sequence < 3; sequence++) {
            book.submitted(sequence, item(sequence));
        }
    }

    @Test
    void findsNothingWhereAllIsRight() throws IOException {
        answerAll();
        book.ended(new Counts(3, 3, 0, 0));
        assertEquals(new Sums(3, 0, 0, 0), book.sums());
        assertTrue(book.sums().isClean());
    }

    @Test
    void findsAnItemWithoutAnOutcome() throws IOException {
        book.outcome(ok(0, "1.0.0", item(0), item(0)));
        book.outcome(ok(1, "1.0.0", item(1), item(1)));
        assertEquals(new Sums(3, 1, 0, 0), book.sums());
    }

    @Test
    void findsASecondOutcome() throws IOException {
        answerAll();
        book.outcome(ok(1, "1.0.0", item(1), item(1)));
        assertEquals(new Sums(3, 0, 1, 0), book.sums());
    }

    @Test
    void findsOtherBytesOnTheWayThereAndBack() throws IOException {
        book.outcome(ok(0, "1.0.0", item(9), item(9)));
        book.outcome(ok(1, "1.0.0", item(1), item(9)));
        book.outcome(ok(2, "1.0.0", item(2), item(2)));
        assertEquals(new Sums(3, 0, 0, 2), book.sums());
    }

    @Test
    void findsAnotherVersion() throws IOException {
        book.outcome(ok(0, "1.1.0", item(0), item(0)));
        assertEquals(1, book.sums().wrong());
    }

    @Test
    void findsAnotherIdempotencyKey() throws IOException {
        book.outcome(ok(0, "1.0.0", "g/0", item(0), item(0)));
        assertEquals(0, book.sums().wrong());
        book.outcome(ok(1, "1.0.0", "h/1", item(1), item(1)));
        assertEquals(1, book.sums().wrong());
        book.outcome(ok(2, "1.0.0", "g/1", item(2), item(2)));
        assertEquals(2, book.sums().wrong());
    }

    @Test
    void findsAnotherOrder() throws IOException {
        book.outcome(ok(1, "1.0.0", item(1), item(1)));
        book.outcome(ok(0, "1.0.0", item(0), item(0)));
        assertEquals(2, book.sums().wrong());
    }

    @Test
    void findsVersionsThatMix() throws IOException {
        Book following = new Book("test", false);
        following.opened("1.0.0");
        following.follows();
        for (long sequence = 0; sequence < 3; sequence++) {
            following.submitted(sequence, item(sequence));
        }
        following.outcome(ok(2, "1.1.0", item(2), item(2)));
        following.outcome(ok(0, "1.0.0", item(0), item(0)));
        following.outcome(ok(1, "1.1.0", item(1), item(1)));
        following.ended(new Counts(3, 3, 0, 0));
        assertEquals(0, following.sums().wrong());

        following.submitted(3, item(3));
        following.outcome(ok(3, "1.0.0", item(3), item(3)));
        following.ended(new Counts(4, 4, 0, 0));
        assertEquals(1, following.sums().wrong());
    }

    @Test
    void findsItemsOfOneKeyOutOfTheirOrderOrBesideEachOther() throws IOException {
        Book keyed = new Book("test", false, 1);
        keyed.opened("1.0.0");
        for (long sequence = 0; sequence < 3; sequence++) {
            keyed.submitted(sequence, item(sequence));
        }
        keyed.outcome(ok(1, "1.0.0", item(1), item(1))); // takes its time
        keyed.outcome(ok(0, "1.0.0", item(0), item(0))); // began at the same moment, and before
        assertEquals(2, keyed.sums().wrong());
        keyed.outcome(ok(2, "1.0.0", item(2), item(2))); // right after that
        assertEquals(2, keyed.sums().wrong());
    }

    @Test
    void findsAFaultThatNobodyAskedFor() {
        Fault fault = new Fault(Fault.Kind.SYSTEM, null, 1, "no worker", true);
        book.outcome(new Outcome.Failed<>(0, fault));
        assertEquals(1, book.sums().wrong());
    }

    @Test
    void findsAnItemThatDoesNotFailAsItMust() throws IOException {
        book.mustFail(0, Fault.Kind.POISON);
        book.mustFail(1, Fault.Kind.POISON);
        book.mustFail(2, Fault.Kind.POISON);
        Fault poison = new Fault(Fault.Kind.POISON, null, 3, "3 workers ended", false);
        book.outcome(new Outcome.Failed<>(0, poison));
        assertEquals(0, book.sums().wrong());
        assertEquals(List.of(poison), book.faults());

        book.outcome(ok(1, "1.0.0", item(1), item(1)));
        assertEquals(1, book.sums().wrong());
        Fault other = new Fault(Fault.Kind.SYSTEM, null, 1, "no worker", true);
        book.outcome(new Outcome.Failed<>(2, other));
        assertEquals(2, book.sums().wrong());
        assertEquals(List.of(poison), book.faults());
    }

    @Test
    void findsCountsThatDoNotAgree() throws IOException {
        answerAll();
        book.ended(new Counts(3, 2, 0, 0));
        assertEquals(1, book.sums().wrong());
    }

    private void answerAll() throws IOException {
        for (long sequence = 0; sequence < 3; sequence++) {
            book.outcome(ok(sequence, "1.0.0", item(sequence), item(sequence)));
        }
    }

    private static byte[] item(long sequence) {
        byte[] item = new byte[20];
        Arrays.fill(item, (byte) sequence);
        return item;
    }

    /// @param came as the plugin saw the item
    /// @param back as the client does
    private static Outcome<byte[]> ok(long sequence, String version, byte[] came, byte[] back)
            throws IOException {
        return ok(sequence, version, "g/" + sequence, came, back);
    }

    private static Outcome<byte[]> ok(
            long sequence, String version, String key, byte[] came, byte[] back)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(version);
            out.writeUTF(key);
            out.writeInt(1);
            out.writeLong(0);
            out.write(EchoItem.digest(came));
            out.write(back);
        }
        return new Outcome.Ok<>(sequence, bytes.toByteArray());
    }
}
