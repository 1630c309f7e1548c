package org.stagedpipe.runtime.demo;

import java.util.concurrent.CountDownLatch;

/// Holds a stream back at one of its items until something has happened.
///
/// @param item the first one that waits
/// @param until counted down when it may go on
record Gate(int item, CountDownLatch until) {

    void pass(int next) throws InterruptedException {
        if (next == item) {
            until.await();
        }
    }
}
