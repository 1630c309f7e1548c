package org.stagedpipe.itests.faults;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.Outcome;
import org.stagedpipe.client.ClientException;
import org.stagedpipe.client.Group;
import org.stagedpipe.client.StagedpipeClient;
import org.stagedpipe.itests.faults.EchoItem.Misdeed;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/// The traffic of one group: a thread that submits until it is told to finish, and one that reads outcomes at its own
/// pace. Both end with [#close], at the latest.
final class Load implements AutoCloseable {

    private static final Duration END = Duration.ofSeconds(90);

    /// What a group carries.
    ///
    /// @param name for persons
    /// @param ordered whether its outcomes come in order
    /// @param bytes of an item
    /// @param workMs how long the plugin works on an item, about
    /// @param pauseMs between two items
    /// @param window items submitted and not handed over
    /// @param keys how many keys its items have, in turns; 0: the group is not keyed
    /// @param following whether it moves when the plugin is updated
    /// @param deadlineMs how long an item may take; 0: for ever
    record Shape(
            String name,
            boolean ordered,
            int bytes,
            int workMs,
            int pauseMs,
            int window,
            int keys,
            boolean following,
            int deadlineMs) {

        /// Of a pinned group without keys.
        Shape(String name, boolean ordered, int bytes, int workMs, int pauseMs, int window) {
            this(name, ordered, bytes, workMs, pauseMs, window, 0, false, 0);
        }

        /// Many keys with several items of each under way.
        static final Shape KEYED = new Shape("keyed", false, 200, 20, 0, 240, 60, false, 0);

        static final Shape FOLLOWING = new Shape("following", false, 200, 20, 0, 240, 60, true, 0);

        static final Shape HURRIED = new Shape("hurried", false, 200, 100, 0, 48, 0, false, 5_000);

        static final Shape SMALL = new Shape("small", false, 200, 100, 0, 48);
        static final Shape ORDERED = new Shape("ordered", true, 200, 100, 0, 48);
        static final Shape BIG = new Shape("big", false, 1 << 20, 100, 150, 8);

        /// As large as coordinators keep on their disks; a second each, or none would be under way when something happens.
        static final Shape SPOOLED = new Shape("spooled", false, 10 << 20, 1_000, 0, 2);

        static final List<Shape> ALL = List.of(SMALL, ORDERED, BIG);
    }

    private record Wrong(Misdeed misdeed, Fault.Kind mustEndWith) {}

    private final Shape shape;
    private final SplittableRandom random;
    private final Group group;
    private final Book book;
    private final Thread sender;
    private final Thread reader;
    private final AtomicReference<@Nullable Wrong> wrong = new AtomicReference<>();
    private volatile boolean finish;
    private volatile long readPauseMs;
    private volatile boolean reads = true;

    private Load(Shape shape, long seed, Group group, Book book) {
        this.shape = shape;
        this.random = new SplittableRandom(seed);
        this.group = group;
        this.book = book;
        this.sender = Thread.ofVirtual().name("load-send-" + shape.name()).unstarted(this::send);
        this.reader = Thread.ofVirtual().name("load-read-" + shape.name()).unstarted(this::read);
    }

    /// Opens the group and begins.
    static Load start(StagedpipeClient cluster, Shape shape, long seed)
            throws InterruptedException {
        var builder =
                cluster.group(EchoItem.PLUGIN)
                        .client("faults-" + shape.name())
                        .window(shape.window(), 32L << 20);
        if (shape.keys() > 0) {
            builder.keyed();
        }
        if (shape.following()) {
            builder.following();
        }
        if (shape.deadlineMs() > 0) {
            builder.deadline(Duration.ofMillis(shape.deadlineMs()));
        }
        Group group = (shape.ordered() ? builder.ordered() : builder).open();
        Book book = new Book(shape.name(), shape.ordered(), shape.keys());
        if (shape.following()) {
            book.follows();
        }
        book.opened(group.version());
        Load load = new Load(shape, seed, group, book);
        load.reader.start();
        load.sender.start();
        return load;
    }

    Shape shape() {
        return shape;
    }

    Book book() {
        return book;
    }

    /// From now on the reader waits that long after each outcome.
    void readPause(Duration pause) {
        readPauseMs = pause.toMillis();
    }

    /// Whether the reader takes outcomes from now on.
    void reads(boolean does) {
        reads = does;
    }

    /// The next item makes its stage do that, and must end with that fault.
    void misbehave(Misdeed misdeed, Fault.Kind mustEndWith) {
        wrong.set(new Wrong(misdeed, mustEndWith));
    }

    /// No more items.
    void finish() {
        finish = true;
    }

    /// Waits for the group's end; what is missing then is in the book.
    void awaitEnd() throws InterruptedException {
        if (!sender.join(END) || !reader.join(END)) {
            book.wrong("the group does not end; " + group.counts());
        }
    }

    /// Whether the group has ended, well or not, and the book knows.
    boolean hasEnded() {
        return !reader.isAlive();
    }

    /// How fast its outcomes came.
    Pace pace(Pace.Times times) {
        return Pace.of(book.arrivals(), times);
    }

    /// The name of the coordinator that has its group.
    String coordinator() {
        return group.coordinator();
    }

    /// How often its group went on after a loss.
    long resumes() {
        return group.resumes();
    }

    /// Where it is, for a person.
    String standing() {
        return group.counts() + " on " + group.coordinator();
    }

    @Override
    public void close() {
        group.close();
        sender.interrupt();
        reader.interrupt();
    }

    private void send() {
        for (long sequence = 0; !finish; sequence++) {
            Wrong next = wrong.getAndSet(null);
            byte[] item =
                    next == null
                            ? EchoItem.of(random, shape.bytes(), workMs())
                            : EchoItem.of(random, shape.bytes(), next.misdeed());
            book.submitted(sequence, item);
            if (next != null) {
                book.mustFail(sequence, next.mustEndWith());
            }
            try {
                if (shape.keys() == 0) {
                    group.submit(item);
                } else {
                    group.submit(1 + sequence % shape.keys(), item);
                }
                Thread.sleep(shape.pauseMs());
            } catch (ClientException e) {
                book.refused(sequence); // the reader gets the same error
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        group.finish();
    }

    /// Not the same for all, or those of one frame would end together and make the next frame.
    private int workMs() {
        return shape.workMs() / 2 + random.nextInt(shape.workMs());
    }

    private void read() {
        try {
            for (@Nullable Outcome<byte[]> next = group.take(); next != null; next = group.take()) {
                book.outcome(next);
                Thread.sleep(readPauseMs);
                while (!reads) {
                    Thread.sleep(5);
                }
            }
            book.ended(group.counts());
        } catch (ClientException e) {
            book.wrong("the group failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
