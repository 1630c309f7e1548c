package org.stagedpipe.engine;

/// A pipeline's thread that does nothing: the test does its work, and is told of interrupts.
class NeverStarted extends Thread {

    NeverStarted(Runnable task) {
        super(task);
    }

    @Override
    public void start() {
        // the test says what happens when
    }
}
