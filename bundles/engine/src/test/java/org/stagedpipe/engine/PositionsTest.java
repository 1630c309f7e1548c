package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/// Where requests are found, whatever has become of their neighbours.
class PositionsTest {

    private static final int MANY = 20; // segments, more than a new ring has place for

    private final Pipelines<Integer, String> pipelines =
            Machines.asleep(Machines.<Integer, String>mapping(x -> x));
    private final Group<Integer, String> group = pipelines.group("").open();
    private final Positions<Integer, String> positions = new Positions<>();

    @Test
    void allThatIsInFlightIsFoundAndMakesTheRingLonger() {
        for (int i = 0; i < MANY; i++) {
            append(i);
        }
        for (long position = 0; position < MANY * Segment.LENGTH; position++) {
            assertEquals(position, sequence(position));
        }
        assertNull(positions.find(MANY * Segment.LENGTH));
        assertEquals(32, positions.length());
        assertEquals(0, positions.stragglers());
    }

    @Test
    void ofManySegmentsThatAreOverThoseThatAreHeldAreFound() {
        int held = 100;
        for (int i = 0; i < MANY; i++) {
            Segment<Integer, String> segment = append(i);
            for (int index = i == 0 ? held : 0; index < Segment.LENGTH; index++) {
                request(segment, index).end();
                segment.addLeft(1);
            }
        }
        for (long position = 0; position < held; position++) {
            assertEquals(position, sequence(position));
        }
        assertNull(positions.find(held), "over, and its segment dropped");
        assertEquals(8, positions.length());
        assertEquals(held, positions.stragglers());
        positions.forget(request(0));
        assertNull(positions.find(0));
    }

    private Segment<Integer, String> append(int number) {
        Segment<Integer, String> segment = new Segment<>();
        positions.append(segment);
        for (int index = 0; index < Segment.LENGTH; index++) {
            long position = (long) number * Segment.LENGTH + index;
            KeyedRequest<Integer, String> request = new KeyedRequest<>(group, position, 1, 0, null);
            request.position = position;
            segment.set(index, request);
        }
        return segment;
    }

    private static KeyedRequest<Integer, String> request(
            Segment<Integer, String> segment, int index) {
        return (KeyedRequest<Integer, String>) segment.require(index);
    }

    private KeyedRequest<Integer, String> request(long position) {
        KeyedRequest<Integer, String> found = positions.find(position);
        if (found == null) {
            throw new AssertionError("position " + position + ": null (expected: a request)");
        }
        return found;
    }

    private long sequence(long position) {
        return request(position).sequence();
    }
}
