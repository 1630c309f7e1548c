package org.stagedpipe.worker.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/// The accountant of a worker's memory: what an item may need is reserved before it is taken in, and given back when it is
/// answered. Safe for use by many threads; calls nobody while it holds its lock.
///
/// First come, first served: who finds no room waits in line, and nobody overtakes but those behind a group that waits only
/// for itself, because it has its share. A group that holds nothing gets in up to the limit, which is above the budget, and
/// in any case when nothing is reserved at all: so one largest item can always make progress. While the ledger is paused
/// nobody gets in.
public final class Ledger {

    private final Bounds bounds;
    private final LongSupplier nanoTime;
    private final Deque<Account> line = new ArrayDeque<>();
    private final Set<Account> refused =
            new LinkedHashSet<>(); // asked whether they may ask for more
    private long used;
    private boolean paused;

    /// @param nanoTime tells how long somebody waits
    public Ledger(Bounds bounds, LongSupplier nanoTime) {
        this.bounds = bounds;
        this.nanoTime = nanoTime;
    }

    /// What one group has reserved here.
    public final class Account {

        private final Runnable wake;
        private long reserved;
        private long wanted; // in line for it, or granted and not yet fetched
        private boolean granted;
        private boolean paid; // what it was refused to ask for is reserved already
        private long sinceNanos;

        private Account(Runnable wake) {
            this.wake = wake;
        }

        /// Whether the coordinator may be asked for more; if not, the account is woken when it may be.
        ///
        /// @param committed whether what comes is reserved already
        public boolean mayAsk(boolean committed) {
            synchronized (Ledger.this) {
                paid = committed;
                boolean may = !paused && admits(this, holdsUp());
                if (!may) {
                    refused.add(this);
                }
                return may;
            }
        }

        /// Reserves so many bytes, now or in its turn: then the account is woken, and asks for the same again.
        public boolean reserve(long bytes) {
            synchronized (Ledger.this) {
                if (wanted == 0) {
                    wanted = bytes;
                    sinceNanos = nanoTime.getAsLong();
                    line.add(this);
                    grant();
                }
                if (!granted) {
                    return false;
                }
                granted = false;
                wanted = 0;
                return true;
            }
        }

        /// Leaves the line, and gives back what was granted and not fetched, and so many bytes that were reserved before. May be
        /// called with any lock: who gets in for that is woken by what it answers.
        ///
        /// @return to be run, without a lock that others' wake-up needs
        public Runnable leave(long bytes) {
            List<Account> woken;
            synchronized (Ledger.this) {
                refused.remove(this);
                line.remove(this);
                long back = bytes + (granted ? wanted : 0);
                used -= back;
                reserved -= back;
                granted = false;
                wanted = 0;
                woken = grant();
            }
            return () -> woken.forEach(account -> account.wake.run());
        }

        /// Counts more bytes, or fewer, than were reserved. Not to be called with a lock that others' wake-up needs.
        public void correct(long moreBytes) {
            List<Account> woken;
            synchronized (Ledger.this) {
                used += moreBytes;
                reserved += moreBytes;
                woken = grant(); // also for more: who has its share from now on holds up nobody
                // behind it
            }
            woken.forEach(account -> account.wake.run());
        }

        /// Gives bytes back. Not to be called with a lock that others' wake-up needs.
        public void release(long bytes) {
            correct(-bytes);
        }

        /// How long it has waited in line, 0 if it does not.
        public long waitedNanos() {
            synchronized (Ledger.this) {
                return wanted == 0 || granted ? 0 : Math.max(1, nanoTime.getAsLong() - sinceNanos);
            }
        }
    }

    /// A group's account.
    ///
    /// @param wake run when it may go on, on the thread of whoever made room
    public Account account(Runnable wake) {
        return new Account(wake);
    }

    /// Lets nobody in, or goes on.
    void pause(boolean pauses) {
        List<Account> woken;
        synchronized (this) {
            paused = pauses;
            woken = grant();
        }
        woken.forEach(account -> account.wake.run());
    }

    /// Whether nobody gets in for now.
    public synchronized boolean isPaused() {
        return paused;
    }

    /// What is reserved.
    public synchronized long used() {
        return used;
    }

    /// Whether what is reserved may be in somebody's way: half of the budget is, or somebody waits for others' memory, or nobody gets in.
    public synchronized boolean isShort() {
        return paused || used > bounds.budgetBytes() / 2 || holdsUp();
    }

    long budgetBytes() {
        return bounds.budgetBytes();
    }

    /// Lets in who can be let in; answers who is to be woken.
    private List<Account> grant() {
        if (paused || (line.isEmpty() && refused.isEmpty())) {
            return List.of();
        }
        List<Account> woken = new ArrayList<>();
        for (Iterator<Account> waiting = line.iterator(); waiting.hasNext(); ) {
            Account next = waiting.next();
            if (fits(next)) {
                waiting.remove();
                next.granted = true;
                next.reserved += next.wanted;
                used += next.wanted;
                woken.add(next);
            } else if (!hasItsShare(next)) {
                break;
            }
        }
        boolean held = holdsUp();
        for (Iterator<Account> asking = refused.iterator(); asking.hasNext(); ) {
            Account next = asking.next();
            if (admits(next, held)) {
                asking.remove();
                woken.add(next);
            }
        }
        return woken;
    }

    private boolean fits(Account account) {
        if (account.reserved == 0) {
            return used == 0 || used + account.wanted <= bounds.limitBytes();
        }
        return used + account.wanted <= bounds.budgetBytes() && !hasItsShare(account);
    }

    private boolean hasItsShare(Account account) {
        return account.reserved > 0 && account.reserved + account.wanted > bounds.groupBytes();
    }

    /// Whether somebody in line waits for others' memory: then nobody who has some asks for more.
    private boolean holdsUp() {
        return !line.stream().allMatch(this::hasItsShare);
    }

    private boolean admits(Account account, boolean held) {
        return account.paid
                || account.reserved == 0
                || (!held && used < bounds.budgetBytes() && account.reserved < bounds.groupBytes());
    }
}
