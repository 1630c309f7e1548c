package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.Route;

import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What coordinators are shown of workers and routes, and when. All of it is guarded by the lock of [Nodes].
///
/// With many workers changes that follow each other closely share a view, see [#show]; a change of the routes waits for
/// nobody.
final class Views {

    private static final int MANY_WORKERS = 100;
    private static final long PAUSE_NANOS = 100_000_000;
    private static final long ENTRY_NANOS = 1_000;

    private final Roster roster;
    private final Welcomes welcomes;
    private final LongSupplier revisions;
    private final LongSupplier nanos;
    private final SizeLimit limit =
            new SizeLimit(
                    "view of the coordinators",
                    "they are left with the last one that was not larger");
    private ClusterView view = ClusterView.getDefaultInstance();
    private @Nullable NodeOrder order; // the last one that coordinators take
    private ClusterView routes = ClusterView.getDefaultInstance();
    private Set<String> served = Set.of(); // the plugins that they name
    private long made;
    private long shownNanos;
    private boolean unshown; // coordinators have not been told the last change

    /// @param revisions the next one, each time
    /// @param nanos monotonic
    Views(Roster roster, Welcomes welcomes, LongSupplier revisions, LongSupplier nanos) {
        this.roster = roster;
        this.welcomes = welcomes;
        this.revisions = revisions;
        this.nanos = nanos;
    }

    /// What groups get, from the next view on.
    void routes(ClusterView newRoutes) {
        routes = newRoutes;
        served =
                Stream.concat(
                                routes.getRoutesList().stream().map(Route::getCurrent),
                                routes.getUninstalledList().stream())
                        .map(PluginVersion::getName)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /// Whether a group of that plugin can be opened, perhaps only one that was open before.
    boolean isServed(String plugin) {
        return served.contains(plugin);
    }

    /// Of the last view; 0 before the first.
    long revision() {
        return view.getRevision();
    }

    /// How many there were, sent or not.
    long made() {
        return made;
    }

    /// Tells coordinators that workers changed, now or as soon as it is time.
    void changed() {
        unshown = true;
        show();
    }

    /// Tells them what they have not been told yet, if it is time.
    ///
    /// @return whether it was
    boolean show() {
        if (!unshown || !isDue()) {
            return false;
        }
        make();
        return true;
    }

    /// Whether a view may be made now. A view costs what all workers cost, for each coordinator, so that a thousand workers
    /// that join one by one would cost a million entries each; views keep a distance that grows with that product, 0.2 s
    /// for 1,000 workers and 100 coordinators, 0.6 s for 5,000.
    private boolean isDue() {
        long workers = roster.count(Role.WORKER);
        return workers < MANY_WORKERS
                || view.getRevision() == 0
                || nanos.getAsLong() - shownNanos
                        >= PAUSE_NANOS + workers * roster.count(Role.COORDINATOR) * ENTRY_NANOS;
    }

    /// Whether something has changed since the last view.
    boolean isPutOff() {
        return unshown;
    }

    /// Whether all coordinators that are here have said that they have that view, or a later one.
    boolean isKnown(long revision) {
        return roster.all(Role.COORDINATOR).allMatch(node -> node.appliedRevision() >= revision);
    }

    /// Tells coordinators how it is, though they may know: what they say then, they say after all that they were told before.
    void again() {
        view = view.toBuilder().clearRevision().build();
        make();
    }

    /// Tells coordinators how it is now.
    void make() {
        made++;
        unshown = false;
        shownNanos = nanos.getAsLong();
        ClusterView next =
                routes.toBuilder()
                        .setRevision(view.getRevision())
                        .addAllWorkers(roster.all(Role.WORKER).map(Node::workerEntry).toList())
                        .build();
        if (view.getRevision() == 0 || !next.equals(view)) {
            view = next.toBuilder().setRevision(revisions.getAsLong()).build();
            NodeOrder now = welcomes.begin().setClusterView(view).build();
            if (limit.admits(now)) {
                order = now;
                roster.all(Role.COORDINATOR).forEach(this::tell);
            }
        }
    }

    /// Tells a coordinator how it is, if it is known.
    void tell(Node coordinator) {
        if (order != null) {
            roster.send(coordinator, order);
        }
    }
}
