package org.stagedpipe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/// E13: the autoscale policy as a table, without threads or clocks.
class ScalePolicyTest {

    private static final double ALL = 1.0;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                // what               | pipelines rate before pause | per second, busy | pipelines
                // before pause
                "first tick, saturated | 1 | -1 |  -1 | 0  | 100 | 1.0  | 2 | 100 | 3",
                "first tick, not busy  | 1 | -1 |  -1 | 0  | 100 | 0.8  | 1 |  -1 | 0",
                "at rest, saturated    | 3 | 100 | -1 | 0  | 100 | 0.9  | 4 | 100 | 3",
                "at rest, at the most  | 8 | 100 | -1 | 0  | 100 | 1.0  | 8 |  -1 | 0",
                "trial settles         | 2 | 100 | 100 | 3 | 200 | 1.0  | 2 | 100 | 2",
                "trial settles still   | 2 | 130 | 100 | 2 | 200 | 1.0  | 2 | 100 | 1",
                "trial helped, go on   | 2 | 150 | 100 | 1 | 200 | 1.0  | 3 | 200 | 3",
                "helped, not saturated | 2 | 150 | 100 | 1 | 200 | 0.6  | 2 |  -1 | 0",
                "in the dead band      | 2 | 105 | 100 | 1 | 105 | 1.0  | 1 |  -1 | 20",
                "just beyond it        | 2 | 106 | 100 | 1 | 106 | 1.0  | 3 | 106 | 3",
                "trial hurt            | 5 |  90 | 100 | 1 |  80 | 1.0  | 4 |  -1 | 20",
                "waits to probe again  | 4 |  90 | -1 | 20  |  90 | 1.0  | 4 |  -1 | 19",
                "probes again          | 4 |  90 | -1 | 1   |  90 | 1.0  | 5 |  90 | 3",
                "fewer than half busy  | 4 | 100 | -1 | 0   | 100 | 0.49 | 3 |  -1 | 3",
                "shrinks in a trial    | 4 | 100 | 90 | 3   | 100 | 0.4  | 3 |  -1 | 3",
                "shrinks in a pause    | 4 | 100 | -1 | 15  | 100 | 0.0  | 3 |  -1 | 3",
                "never below the least | 1 | 100 | -1 | 0   |   0 | 0.0  | 1 |  -1 | 0",
                "half busy is enough   | 4 | 100 | -1 | 0   | 100 | 0.5  | 4 |  -1 | 0",
            })
    void e13Table(
            String what,
            int pipelines,
            double rate,
            double before,
            int pause,
            double perSecond,
            double busy,
            int thenPipelines,
            double thenBefore,
            int thenPause) {
        var next =
                ScalePolicy.next(
                        new Scale(1, 8),
                        new ScalePolicy.State(pipelines, before < 0 ? 0 : 1, rate, before, pause),
                        perSecond,
                        busy);

        assertEquals(thenPipelines, next.pipelines());
        assertEquals(thenBefore, next.before(), 0.001);
        assertEquals(thenPause, next.pause());
    }

    @Test
    void e13SmoothsTheRate() {
        var next =
                ScalePolicy.next(new Scale(1, 1), new ScalePolicy.State(1, 0, 100, -1, 0), 200, 1);
        assertEquals(130, next.rate(), 0.001);
    }

    @Test
    void e13ClimbsWhileThroughputGrowsAndRestsAtThePeak() {
        List<Integer> climb =
                climb(new Scale(1, 8), pipelines -> 100.0 * Math.min(pipelines, 4), 60);

        assertEquals(4, climb.get(20));
        assertEquals(5, climb.stream().mapToInt(n -> n).max().orElseThrow());
        long above = climb.stream().filter(n -> n == 5).count();
        assertEquals(true, above <= 9, "two or three probes of three ticks: " + climb);
    }

    @Test
    void e13StaysAtTheLeastWhenMoreDoesNotHelp() {
        List<Integer> climb = climb(new Scale(1, 8), pipelines -> 100, 40);
        assertEquals(1, climb.getLast());
        assertEquals(2, climb.stream().mapToInt(n -> n).max().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 14, 32, 60, 63})
    void e13ReachesTheMostWhileThroughputIsLinear(int least) {
        List<Integer> climb = climb(new Scale(least, 64), pipelines -> 100.0 * pipelines, 200);
        assertEquals(64, climb.getLast(), climb.toString());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "too early             | 499 | 1000 | 1.0 | false",
                "in time               | 500 |    4 | 1.0 | true",
                "too few have ended    | 500 |    3 | 1.0 | false",
                "as many, at long last | 9000 |   4 | 0.5 | true",
                "waits for what hangs  | 9999 |   3 | 1.0 | false",
                "for no longer         | 10000 |  0 | 1.0 | true",
                "too little to do      | 500 |    0 | 0.4 | true",
            })
    void e13ATickLastsUntilBusyThreadsCompletedARequestEach(
            String what, long ms, long completed, double busy, boolean isTick) {
        assertEquals(isTick, ScalePolicy.isTick(ms * 1_000_000, completed, 4, busy));
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 1_000, 3_000, 8_000})
    void e13ReachesTheMostHoweverLongRequestsTake(int ms) {
        assertEquals(8, simulate(ms, false, ms));
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 1_000, 3_000, 8_000})
    void e13StaysLowHoweverLongRequestsTakeWhereOneRunsAtATime(int ms) {
        int last = simulate(ms, true, ms);
        assertTrue(last <= 2, last + " pipelines");
    }

    @Test
    void e13AddsPipelinesBesideARequestThatHangs() {
        assertEquals(8, simulate(20, false, Integer.MAX_VALUE));
    }

    /// Pipelines with one thread each, looked at each 100 ms.
    ///
    /// @param ms each request takes
    /// @param isSerial all pipelines wait for one thing that serves one request at a time
    /// @param first when the very first request ends
    /// @return how many there are after a hundred requests of one pipeline, or a minute
    private static int simulate(int ms, boolean isSerial, int first) {
        Scale scale = new Scale(1, 8);
        ScalePolicy.State state = ScalePolicy.start(scale);
        List<Integer> ends = new ArrayList<>(List.of(first)); // the request of each
        long completed = 0;
        int last = 0;
        for (int now = 100; now <= Math.max(60_000, 100 * ms); now += 100) {
            for (int i = 0; i < ends.size(); i++) {
                while (ends.get(i) <= now) {
                    ends.set(i, ends.get(i) + ms);
                    completed++;
                }
            }
            if (ScalePolicy.isTick((now - last) * 1_000_000L, completed, state.pipelines(), ALL)) {
                state = ScalePolicy.next(scale, state, completed * 1e3 / (now - last), ALL);
                last = now;
                completed = 0;
                while (!isSerial && ends.size() < state.pipelines()) {
                    ends.add(now + ms);
                }
                ends.subList(Math.min(ends.size(), state.pipelines()), ends.size()).clear();
            }
        }
        return state.pipelines();
    }

    @Test
    void e13RestsAtAPeakFarUp() {
        List<Integer> climb =
                climb(new Scale(1, 256), pipelines -> 100.0 * Math.min(pipelines, 64), 400);
        assertBetween(60, climb.get(200), 72);
        long rests = climb.stream().skip(200).filter(n -> n.equals(climb.get(200))).count();
        assertTrue(rests > 160, "all but the probes: " + climb);
    }

    @Test
    void e13NoiseDoesNotMakeItClimb() {
        Random noise = new Random(1);
        List<Integer> climb =
                climb(
                        new Scale(32, 256),
                        pipelines -> 3_200 * (1 + 0.02 * noise.nextGaussian()),
                        10_000);
        assertEquals(36, climb.stream().mapToInt(n -> n).max().orElseThrow(), "a trial");
    }

    private static void assertBetween(int least, int value, int most) {
        assertTrue(least <= value && value <= most, value + " not in " + least + ".." + most);
    }

    @Test
    void e13RefusesAnEmptyRange() {
        assertEquals(
                "parallelism: 0 (expected: >= 1)",
                assertThrows(IllegalArgumentException.class, () -> new Scale(0, 3)).getMessage());
        assertEquals(
                "most pipelines: 2 (expected: >= 3)",
                assertThrows(IllegalArgumentException.class, () -> new Scale(3, 2)).getMessage());
    }

    private static List<Integer> climb(Scale scale, IntToDoubleFunction throughput, int ticks) {
        ScalePolicy.State state = ScalePolicy.start(scale);
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < ticks; i++) {
            double rate = throughput.applyAsDouble(state.pipelines());
            state = ScalePolicy.next(scale, state, rate, ALL);
            seen.add(state.pipelines());
        }
        return seen;
    }
}
