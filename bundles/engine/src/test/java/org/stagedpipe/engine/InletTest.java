package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What threads take, and give back, by hand: two threads that do nothing.
class InletTest {

    private final Pipelines<Integer, String> pipelines = Machines.byHand(2);
    private final Crew<Integer, String> crew = pipelines.crew();

    private Group<Integer, String> fast(GroupBuilder<Integer, String> builder, int requests) {
        Group<Integer, String> group = builder.window(Integer.MAX_VALUE).open();
        for (int i = 0; i < 60; i++) {
            group.inlet().learn(1, 0); // a clock may stand still meanwhile
        }
        group.offerAll(Collections.nCopies(requests, 0), 0);
        return group;
    }

    private Run<Integer, String> take() {
        return requireNonNull(requireNonNull(crew.ready().poll()).take());
    }

    private static String of(Run<Integer, String> run) {
        long before = run.segment().number() * Segment.LENGTH;
        return (before + run.first()) + " to " + (before + run.end());
    }

    /// All that a thread finds.
    private List<String> takeAll() {
        List<String> taken = new ArrayList<>();
        for (var inlet = crew.ready().poll(); inlet != null; inlet = crew.ready().poll()) {
            Run<Integer, String> run = inlet.take();
            if (run != null) {
                taken.add(of(run));
            }
        }
        return taken;
    }

    @Test
    void whatIsGivenBackIsTakenFirstAndTheEarliestOfItBefore() {
        Inlet<Integer, String> inlet = fast(pipelines.group(""), 600).inlet();
        Run<Integer, String> lower = take();
        Run<Integer, String> middle = requireNonNull(lower.split());
        Run<Integer, String> upper = requireNonNull(middle.split());
        Run<Integer, String> next = take();
        inlet.giveBack(upper);
        inlet.giveBack(next);
        inlet.giveBack(lower);
        inlet.giveBack(middle);
        assertEquals(
                List.of("0 to 128", "128 to 192", "192 to 256", "256 to 512", "512 to 600"),
                takeAll());
    }

    @Test
    void whatIsGivenBackToAnInletThatIsEmptyIsFound() {
        Inlet<Integer, String> inlet = fast(pipelines.group(""), 4).inlet();
        Run<Integer, String> lower = take();
        Run<Integer, String> upper = requireNonNull(lower.split());
        assertEquals(List.of(), takeAll());
        inlet.giveBack(upper);
        inlet.giveBack(lower);
        assertEquals(List.of("0 to 2", "2 to 4"), takeAll());
    }

    @Test
    void aSleepingThreadIsWokenForWhatIsLeftAndForWhatIsGivenBack() {
        crew.duty(2);
        crew.addIdle(crew.workers().getFirst());
        Inlet<Integer, String> inlet = fast(pipelines.group(""), 300).inlet();
        assertWoken("for what came in");
        Run<Integer, String> first = take();
        assertWoken("for what is left");
        take();
        inlet.giveBack(first);
        assertWoken("for what is given back");
    }

    /// And it sleeps again.
    private void assertWoken(String why) {
        assertEquals(2, crew.busy(), why);
        crew.leaveIdle(crew.workers().getFirst());
        crew.addIdle(crew.workers().getFirst());
    }

    @Test
    void ofRequestsWithADeadlineARunIsOne() {
        fast(pipelines.group("").deadline(Duration.ofDays(1)), 2);
        assertEquals(List.of("0 to 1", "1 to 2"), takeAll());
    }
}
