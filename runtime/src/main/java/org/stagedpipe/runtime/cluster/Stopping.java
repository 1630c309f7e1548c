package org.stagedpipe.runtime.cluster;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/// How processes are stopped: asked first, then killed.
///
/// @param within who takes longer is killed
/// @param kill ends a process at once, with those it has started; whether it could be told to
record Stopping(Duration within, Predicate<ProcessHandle> kill) {

    private static final Duration KILLED_WITHIN = Duration.ofSeconds(5);
    private static final long LOOK_AGAIN_MS = 50;

    Stopping(Duration within) {
        this(within, Stopping::kill);
    }

    /// Returns when they have ended, or when those that were killed have not in time. Does not wait for processes that are not to be
    /// told, which are other users'.
    void end(List<Member> members) throws InterruptedException {
        await(told(members, ProcessHandle::destroy), within);
        await(told(members, kill), KILLED_WITHIN);
    }

    private static List<Member> told(List<Member> members, Predicate<ProcessHandle> how) {
        return members.stream().filter(one -> one.process().filter(how).isPresent()).toList();
    }

    private static void await(List<Member> members, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (members.stream().anyMatch(one -> one.process().isPresent())
                && System.nanoTime() < end) {
            Thread.sleep(LOOK_AGAIN_MS);
        }
    }

    private static boolean kill(ProcessHandle process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        return process.destroyForcibly();
    }
}
