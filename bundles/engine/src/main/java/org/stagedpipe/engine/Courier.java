package org.stagedpipe.engine;

import java.util.ArrayList;
import java.util.List;

/// Brings what a group finishes to its listener: the group's own thread, so that a slow listener holds up nobody else.
final class Courier<D, R> implements Runnable {

    private static final int BATCH = 256;

    private final Group<D, R> group;
    private final Delivery<D, R> delivery;
    private final Window window;
    private final GroupListener<D, R> listener;
    private final Thread thread;
    private final List<EngineRequest<D, R>> batch =
            new ArrayList<>(BATCH); // never grows: what was taken would be lost

    Courier(
            Group<D, R> group,
            Delivery<D, R> delivery,
            Window window,
            GroupListener<D, R> listener) {
        this.group = group;
        this.delivery = delivery;
        this.window = window;
        this.listener = listener;
        this.thread = Thread.ofVirtual().name("courier-" + group.id()).unstarted(this);
    }

    void start() {
        thread.start();
    }

    @SuppressWarnings("ReferenceEquality") // that very thread
    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    void join() throws InterruptedException {
        thread.join();
    }

    @Override
    public void run() {
        while (!delivery.isEnded()) {
            deliver();
        }
        listener.onEnd(group.counts());
    }

    private void deliver() {
        try {
            delivery.deliverTo(listener, batch, BATCH);
            if (window.takeRefusal()) {
                listener.onRoom();
            }
        } catch (InterruptedException e) {
            // Nobody else has this thread; it must go on to the group's end.
            group.cancel("its listener interrupted itself");
        } catch (Throwable e) { // without this thread the group would never end
            group.cancel("its listener threw " + Faults.text(e));
        }
    }
}
