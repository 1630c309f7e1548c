package org.stagedpipe.runtime.node;

import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/// A node's process that has room for no other thread when it is to be started anew.
final class Threadless {

    private static final int MOST = 1_000;

    private Threadless() {}

    /// Makes threads until there is room for none, and is told to recycle.
    public static void main(String[] arguments) {
        Startup startup = new Startup(1, new Ending(), UnaryOperator.identity());
        int threads = 0;
        try {
            while (threads < MOST) {
                Thread.ofPlatform().daemon().start(Threadless::park);
                threads++;
            }
        } catch (OutOfMemoryError e) {
            startup.accept("recycle", "its plugins leak");
        }
    }

    private static void park() {
        while (true) {
            LockSupport.park();
        }
    }
}
