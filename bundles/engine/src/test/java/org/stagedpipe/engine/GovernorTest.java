package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// E13: what the governor measures, with figures, threads and a clock of the test's own. Pipelines of two threads each.
class GovernorTest {

    private static final long SECOND = 1_000_000_000;

    private final List<String> scales = new ArrayList<>();

    private final PipelinesListener listener =
            new PipelinesListener() {
                @Override
                public void scaled(int from, int to) {
                    scales.add(from + " to " + to);
                }
            };

    private final Settings<Integer, String> settings =
            Machines.settings(
                    Machines.chain(2, x -> x),
                    listener,
                    Duration.ZERO,
                    new Scale(1, 4),
                    NeverStarted::new);

    private final Figures<Integer, String> figures = new Figures<>(settings);
    private final Crew<Integer, String> crew = new Crew<>(settings, figures, error -> {});
    private final Governor<Integer, String> governor = new Governor<>(settings, crew, 0);
    private long now;

    GovernorTest() {
        crew.duty(2);
    }

    /// That much later so many more requests are completed.
    private void look(int seconds, int completed) {
        now += seconds * SECOND;
        figures.aborted.addAndGet(completed);
        governor.look(now);
    }

    @Test
    void e13PipelinesStayWhileEachOfThemBringsMoreRequestsPerSecond() {
        look(1, 100);
        assertEquals(List.of("1 to 2"), scales);
        assertEquals(4, crew.duty(), "two threads each");
        look(1, 200);
        look(2, 400);
        assertEquals(List.of("1 to 2"), scales, "three ticks of a trial");
        look(3, 600);
        assertEquals(List.of("1 to 2", "2 to 3"), scales);
        assertEquals(6, crew.duty());
    }

    @Test
    void e13PipelinesThatBringNoMoreRequestsPerSecondAreTakenBack() {
        look(1, 100);
        look(1, 100);
        look(2, 200);
        look(3, 300);
        assertEquals(List.of("1 to 2", "2 to 1"), scales);
        assertEquals(2, crew.duty());
    }

    @Test
    void e13NoneAreAddedWhileAThreadSleeps() {
        crew.addIdle(crew.workers().getFirst());
        look(1, 100);
        look(1, 200);
        assertEquals(List.of(), scales);
    }

    @Test
    void e13ThreadsThatAreOffDutyDoNotCountAsAsleep() {
        crew.duty(4);
        crew.addIdle(crew.workers().get(2));
        crew.duty(2);
        assertEquals(2, crew.busy());
        crew.addIdle(crew.workers().get(3));
        assertEquals(2, crew.busy());
    }

    @Test
    void e13WhereFewerThanHalfAreBusyOneIsTakenAway() {
        look(1, 100);
        crew.workers().subList(0, 3).forEach(crew::addIdle);
        look(1, 200);
        assertEquals(List.of("1 to 2", "2 to 1"), scales);
    }

    /// Four threads: three requests tell nothing, however many there were before.
    @Test
    void e13ATickCountsWhatWasCompletedSinceTheLastOne() {
        look(1, 100);
        for (int i = 0; i < 3; i++) {
            look(1, 1);
        }
        assertEquals(List.of("1 to 2"), scales, "else the trial would be over");
        look(1, 797); // 200 a second
        look(1, 200);
        look(1, 200);
        assertEquals(List.of("1 to 2", "2 to 3"), scales);
    }
}
