package org.stagedpipe.coordinator.group;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.Future;

/// Wakes a group once, unless that is cancelled. Belongs to the group's [Serial]; the group cancels it when it ends, as it would
/// keep the group's bytes.
final class Alarm {

    private final Environment environment;
    private final Serial serial;
    private @Nullable Future<?> timer;
    private int set; // how often

    Alarm(Environment environment, Serial serial) {
        this.environment = environment;
        this.serial = serial;
    }

    /// Runs a task after that time, and the group settles; has no effect while it is set.
    void set(Duration pause, Runnable task) {
        if (timer == null) {
            int number = ++set;
            timer = environment.after(pause, serial, () -> ring(number, task));
        }
    }

    void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    /// Not if it was cancelled when it had gone off already.
    private void ring(int number, Runnable task) {
        if (timer != null && number == set) {
            timer = null;
            task.run();
        }
    }
}
