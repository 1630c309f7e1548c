package org.stagedpipe.overseer;

import org.stagedpipe.cluster.catalogue.StoreException;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// An ensemble on a bad line.
final class ShakyEnsemble implements Ensemble {

    private final Ensemble behind;
    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
    private final List<String> names = new CopyOnWriteArrayList<>();
    private volatile boolean isAway;
    private volatile boolean losesAnswers;
    private volatile boolean breaks;

    ShakyEnsemble(Ensemble behind) {
        this.behind = behind;
    }

    /// From now on it fails, and nothing happens; or it does not any more.
    void away(boolean now) {
        isAway = now;
    }

    /// From now on what is written is written, but the writer is told that it failed; or it is not any more.
    void losesAnswers(boolean now) {
        losesAnswers = now;
    }

    /// The next write is written, and the line breaks before its answer.
    void breakAfterWrite() {
        breaks = true;
    }

    /// What happens while the answer to the next read is on its way.
    void meanwhile(Runnable happens) {
        meanwhile.set(happens);
    }

    /// The names of what was read or written since it was asked last.
    List<String> names() {
        List<String> all = List.copyOf(names);
        names.clear();
        return all;
    }

    @Override
    public Value read(String name) throws StoreException {
        refuseWhileAway();
        names.add(name);
        Value value = behind.read(name);
        meanwhile.getAndSet(() -> {}).run();
        return value;
    }

    @Override
    public boolean write(List<Change> changes) throws StoreException {
        return write(changes, () -> behind.write(changes));
    }

    @Override
    public boolean write(long epoch, List<Change> changes) throws StoreException {
        return write(changes, () -> behind.write(epoch, changes));
    }

    @FunctionalInterface
    private interface Write {
        boolean make() throws StoreException;
    }

    private boolean write(List<Change> changes, Write write) throws StoreException {
        refuseWhileAway();
        changes.forEach(one -> names.add(one.name()));
        boolean written = write.make();
        if (breaks) {
            breaks = false;
            isAway = true;
        }
        if (losesAnswers || isAway) {
            throw new StoreException("the answer was lost");
        }
        return written;
    }

    @Override
    public double share(List<Change> changes) {
        return behind.share(changes);
    }

    @Override
    public void confirm() throws StoreException {
        refuseWhileAway();
        behind.confirm();
    }

    private void refuseWhileAway() throws StoreException {
        if (isAway) {
            throw new StoreException("the store is away");
        }
    }

    @Override
    public void watch(String name, Consumer<Value> watcher) {
        behind.watch(name, watcher);
    }

    @Override
    public void stand(String card, Candidate candidate) {
        behind.stand(card, candidate);
    }

    @Override
    public List<String> cards() throws StoreException {
        return behind.cards();
    }

    @Override
    public Set<String> members() throws StoreException {
        return behind.members();
    }

    @Override
    public boolean forget(String name) throws StoreException {
        return behind.forget(name);
    }

    @Override
    public String address() {
        return behind.address();
    }

    @Override
    public void close() {
        behind.close();
    }
}
