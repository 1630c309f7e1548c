package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.engine.PipelinesListener;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.PluginLoad;
import org.stagedpipe.protocol.v1.PluginStatus;
import org.stagedpipe.protocol.v1.PluginStatus.State;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.WorkerPlan;
import org.stagedpipe.worker.leak.HeapWalk;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The versions of plugins on this worker: those of the plan, those that groups still use, those that groups asked for.
///
/// All that changes is an event for one virtual thread, `plugin-host`, which owns all state and never blocks: what takes
/// time (fetch, install, unload) runs on a virtual thread for each version and comes back as an event. A version of the plan that
/// failed for a passing reason is tried again, see [Slot].
///
/// ```
///            install               last group, not in the plan
/// (none) ──▶ INSTALLING ──▶ READY ──────────────────────────────▶ UNLOADING ──▶ UNLOADED
///                 │           │  ▲                                  ▲    │
///                 ▼           ▼  │ in the plan again                │    │ hangs
///              FAILED       DRAINING ───────────────────────────────┘    ▼
///                                              last group             FAILED
/// ```
public final class PluginHost implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PluginHost.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final Blobs blobs;
    private final Separation separation;
    private final Installer installer;
    private final Libraries libraries;
    private final Trust trust;
    private final Owner owner;
    private final Thread thread;
    private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
    private volatile List<PluginStatus> statuses = List.of();
    private volatile long adopted;
    private volatile List<LoadedPlugin<?, ?, ?>> loaded = List.of();

    // Of the thread.
    private final Map<ByteString, Slot> slots = new LinkedHashMap<>();
    private final Departures departures;
    private final LeakBudget budget;
    private WorkerPlan plan = WorkerPlan.getDefaultInstance();
    private boolean reported = true;
    private boolean closing;

    /// Whom it tells what has happened.
    public interface Owner {

        /// Each version of a plan is ready or has failed. On a thread that may block.
        void applied(Applied applied);

        /// The process is to be started anew: more class loaders of uninstalled versions are held than may be, or a plugin met an
        /// error of the virtual machine. Perhaps told again. Must not block.
        void recycle(String why);
    }

    /// Call [#open()] to begin.
    ///
    /// @param trust whose bundles are installed
    /// @param walk looks what holds a version that does not go
    /// @param watch of stages that hang
    public PluginHost(
            BundleContext context,
            Blobs blobs,
            Trust trust,
            HeapWalk walk,
            PluginTerms terms,
            Owner owner,
            PipelinesListener watch) {
        this.blobs = blobs;
        this.trust = trust;
        this.separation = new Separation(context);
        this.installer = new Installer(context, terms, separation, watch, this::removed);
        this.libraries =
                new Libraries(context, blobs, terms.activateTimeout(), separation, this::removed);
        this.owner = owner;
        this.budget = new LeakBudget(terms.leakBudget(), terms.leakSpread(), new Random());
        LeakSearch search = new LeakSearch(walk);
        this.departures =
                new Departures(
                        new ClassLocks(context)::collect,
                        search,
                        e -> thrown("what looks whether class loaders go", "goes on", e),
                        terms.unloadTimeout(),
                        System.nanoTime());
        events.add(installer::removeStale);
        events.add(search::removeLeft);
        this.thread = Thread.ofVirtual().name("plugin-host").unstarted(this::run);
    }

    /// Removes what an earlier run left in the container and of heap dumps, then does what it was asked for, before too.
    public void open() {
        separation.open();
        thread.start();
    }

    /// From now on these versions are wanted, and no others.
    public void plan(WorkerPlan wanted) {
        events.add(() -> adopt(wanted));
    }

    /// A hold on that version, installed first if it is not here. Fails with a [PluginException].
    public CompletableFuture<Lease> acquire(PluginVersion version) {
        CompletableFuture<Lease> lease = new CompletableFuture<>();
        events.add(() -> acquire(version, lease));
        return lease;
    }

    /// What is here and what left last; as of now.
    public List<PluginStatus> statuses() {
        return statuses;
    }

    /// The revision of the plan that the statuses are of, or a later one; it may not have been done yet.
    public long adopted() {
        return adopted;
    }

    /// The same with what the pipelines of each do.
    public List<PluginStatus> statusesWithLoad() {
        Map<PluginVersion, PluginLoad> loads = new HashMap<>();
        loaded.forEach(plugin -> loads.put(plugin.version(), Loads.of(plugin.pipelines().stats())));
        return statuses.stream()
                .map(status -> {
                    PluginLoad load = loads.get(status.getPlugin());
                    return load == null ? status : status.toBuilder().setLoad(load).build();
                })
                .toList();
    }

    /// How many class loaders something held after their uninstall, in all.
    public int leaks() {
        return departures.leaks();
    }

    /// Drops everything that no group uses; waits for it at most that long.
    public void close(Duration timeout) {
        events.add(() -> {
            closing = true;
            adopt(WorkerPlan.getDefaultInstance());
        });
        try {
            if (!thread.join(timeout)) {
                LOG.warn("plugins that have not ended: {}", statuses);
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            libraries.close();
            separation.close();
        }
    }

    /// Drops everything that no group uses; waits for it at most 10 s.
    @Override
    public void close() {
        close(Duration.ofSeconds(10));
    }

    private void run() {
        try {
            while (!closing || !slots.isEmpty()) {
                Runnable event =
                        isToLook()
                                ? events.poll(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)
                                : events.take();
                handle(this::tryAgain); // first: the event may ask for such a version
                if (event != null) {
                    handle(event);
                }
                handle(this::look);
            }
        } catch (InterruptedException e) {
            LOG.debug("the plugin host ends");
        }
    }

    private boolean isToLook() {
        return departures.isPending() || slots.values().stream().anyMatch(Slot::mayRecover);
    }

    /// Installs what only the moment was against, once its pause is over.
    private void tryAgain() {
        long now = System.nanoTime();
        for (Slot slot : slots.values()) {
            if (slot.isDue(now)) {
                slot.state = State.INSTALLING;
                install(slot);
            }
        }
    }

    private void handle(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) { // must not leave all later plans unheard
            thrown("plugin host", "goes on", e);
        }
    }

    private void look() {
        long now = System.nanoTime();
        departures.look(now);
        budget.look(departures.held(), now).ifPresent(owner::recycle);
        publish(now);
    }

    private void publish(long now) {
        List<PluginStatus> all = new ArrayList<>();
        slots.values().forEach(slot -> all.add(slot.status()));
        departures.statuses(now).stream()
                .filter(left -> !slots.containsKey(left.getPlugin().getSha256())) // else it is back
                .forEach(all::add);
        statuses = List.copyOf(all);
        adopted = plan.getRevision();
        loaded =
                slots.values().stream()
                        .map(slot -> slot.installed)
                        .filter(Objects::nonNull)
                        .<LoadedPlugin<?, ?, ?>>map(InstalledPlugin::loaded)
                        .toList();
    }

    private void adopt(WorkerPlan wanted) {
        plan = wanted;
        reported = closing;
        for (PluginVersion version : wanted.getPluginsList()) {
            want(version);
        }
        for (Slot slot : List.copyOf(slots.values())) {
            dropUnlessNeeded(slot);
        }
        report();
    }

    private void want(PluginVersion version) {
        Slot slot = slots.get(version.getSha256());
        if (slot == null) {
            add(version);
        } else if (slot.state == State.DRAINING) {
            slot.state = State.READY;
        } else if (slot.state == State.FAILED) {
            add(version); // perhaps under another name than that under which it failed
        } else {
            slot.failure = null; // this plan's report says how the present attempt ends
        }
    }

    private Slot add(PluginVersion version) {
        Slot slot = new Slot(version);
        slots.put(version.getSha256(), slot);
        install(slot);
        return slot;
    }

    private void install(Slot slot) {
        LOG.info("{}: installing", Texts.of(slot.version));
        PlanEntry entry = PlanEntry.of(slot.version, plan);
        slot.entry = entry;
        Thread.ofVirtual()
                .name("plugin-install-" + slot.version.getName())
                .start(() -> {
                    try {
                        install(slot, entry);
                    } catch (PluginException e) {
                        events.add(() -> notInstalled(slot, e));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException | Error e) {
                        events.add(() -> notInstalled(slot, new PluginException(Texts.of(e))));
                        thrown(Texts.of(slot.version), "not installed", e);
                    }
                });
    }

    private void install(Slot slot, PlanEntry entry) throws PluginException, InterruptedException {
        trust.check(slot.version, entry); // nothing of them is read before
        Path file = blobs.require(slot.version);
        Libraries.Hold hold = libraries.hold(slot.version, entry.libraries());
        boolean done = false;
        try {
            InstalledPlugin installed = installer.install(slot.version, file);
            events.add(() -> installed(slot, installed, hold));
            done = true;
        } catch (PluginException e) {
            throw entry.isGiven() ? e : e.passing("no overseer has said yet what it needs");
        } finally {
            if (!done) {
                hold.close();
            }
        }
    }

    private void installed(Slot slot, InstalledPlugin installed, Libraries.Hold hold) {
        slot.libraries = hold;
        LOG.info("{}: ready", Texts.of(slot.version));
        slot.installed = installed;
        slot.failure = null;
        slot.state = State.READY;
        slot.noLongerWaiting().forEach(lease -> grant(slot, installed, lease));
        dropUnlessNeeded(slot);
        report();
    }

    /// A group may ask for a version before the first plan says what it needs: then the attempt tells nothing.
    private void notInstalled(Slot slot, PluginException failure) {
        boolean isNeeded = isWanted(slot.version) || !slot.waiting.isEmpty();
        if (isNeeded && !closing && !slot.entry.equals(PlanEntry.of(slot.version, plan))) {
            install(slot);
        } else {
            failed(slot, failure);
        }
    }

    private void failed(Slot slot, PluginException failure) {
        LOG.warn("{}", failure.getMessage());
        slot.failed(failure, System.nanoTime());
        slot.noLongerWaiting().forEach(lease -> lease.completeExceptionally(failure));
        dropUnlessNeeded(slot);
        report();
    }

    private void acquire(PluginVersion version, CompletableFuture<Lease> lease) {
        if (closing) {
            lease.completeExceptionally(new PluginException("the worker stops", true));
            return;
        }
        Slot existing = slots.get(version.getSha256());
        if (existing != null && !existing.version.equals(version)) {
            lease.completeExceptionally(
                    new PluginException(
                            Texts.of(version)
                                    + " has the bytes of "
                                    + Texts.of(existing.version)
                                    + " (expected: its own)"));
            return;
        }
        Slot slot = existing == null ? add(version) : existing;
        InstalledPlugin installed = slot.installed;
        switch (slot.state) {
            case READY, DRAINING -> grant(slot, Objects.requireNonNull(installed), lease);
            case FAILED -> lease.completeExceptionally(Objects.requireNonNull(slot.failure));
            case INSTALLING, UNLOADING -> slot.waiting.add(lease);
            case UNLOADED, STATE_UNSPECIFIED, UNRECOGNIZED ->
                    throw new IllegalStateException("slot in state " + slot.state);
        }
    }

    private void grant(Slot slot, InstalledPlugin installed, CompletableFuture<Lease> lease) {
        slot.groups++;
        Lease granted = new Lease(installed.loaded(), () -> events.add(() -> release(slot)));
        if (!lease.complete(granted)) {
            granted.close(); // who asked has gone
        }
    }

    private void release(Slot slot) {
        slot.groups--;
        dropUnlessNeeded(slot);
    }

    private void dropUnlessNeeded(Slot slot) {
        if (isWanted(slot.version)) {
            return;
        }
        InstalledPlugin installed = slot.installed;
        if (slot.state == State.FAILED) {
            slots.remove(slot.version.getSha256());
        } else if (installed != null && slot.state != State.UNLOADING) {
            if (slot.groups > 0) {
                slot.state = State.DRAINING;
            } else {
                slot.state = State.UNLOADING;
                slot.installed = null;
                unload(slot, installed);
            }
        }
    }

    private boolean isWanted(PluginVersion version) {
        return plan.getPluginsList().stream()
                .anyMatch(wanted -> wanted.getSha256().equals(version.getSha256()));
    }

    private void unload(Slot slot, InstalledPlugin installed) {
        LOG.info("{}: unloading", Texts.of(slot.version));
        Libraries.Hold hold = slot.libraries;
        Thread.ofVirtual()
                .name("plugin-unload-" + slot.version.getName())
                .start(() -> {
                    WeakReference<ClassLoader> loader = installed.loader();
                    PluginException failure = unload(installed, hold);
                    events.add(() -> unloaded(slot, loader, failure));
                });
    }

    private @Nullable PluginException unload(
            InstalledPlugin installed, Libraries.@Nullable Hold libraries) {
        try (Libraries.Hold _ = libraries) {
            installer.unload(installed);
            return null;
        } catch (PluginException e) {
            return e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new PluginException("the worker stops", true);
        } catch (RuntimeException | Error e) {
            thrown(Texts.of(installed.loaded().version()), "not unloaded", e);
            return new PluginException(Texts.of(e), true);
        }
    }

    /// Whatever it is, the host goes on, and no version stays as one that comes or goes.
    private void thrown(String who, String what, Throwable e) {
        LOG.error("{}: {}", who, what, e);
        if (Fatal.in(e) != null) {
            owner.recycle(who + " threw " + Texts.of(e));
        }
    }

    private void unloaded(
            Slot slot, WeakReference<ClassLoader> loader, @Nullable PluginException failure) {
        departures.add(slot.version, loader, System.nanoTime());
        if (failure != null) {
            failed(slot, failure);
            return;
        }
        slots.remove(slot.version.getSha256());
        if (isWanted(slot.version) || !slot.waiting.isEmpty()) {
            add(slot.version).waiting.addAll(slot.waiting);
        }
    }

    /// A version that could not be installed, or a library; by any thread.
    private void removed(PluginVersion version, WeakReference<ClassLoader> loader) {
        if (!loader.refersTo(null)) { // else it was never resolved
            events.add(() -> departures.addOnce(version, loader, System.nanoTime()));
        }
    }

    /// Once for each plan, when there is nothing more to wait for.
    private void report() {
        Applied.Builder report = Applied.newBuilder().setRevision(plan.getRevision());
        for (PluginVersion version : plan.getPluginsList()) {
            Slot slot = slots.get(version.getSha256());
            if (reported || slot == null || !slot.isSettled()) {
                return;
            }
            report.addPlugins(slot.status());
        }
        if (!reported) {
            reported = true;
            publish(System.nanoTime()); // a heartbeat must not say less than the report
            Thread.ofVirtual().name("plugin-report").start(() -> owner.applied(report.build()));
        }
    }
}
