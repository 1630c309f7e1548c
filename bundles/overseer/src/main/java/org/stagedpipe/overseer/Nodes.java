package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.protocol.v1.Applied;
import org.stagedpipe.protocol.v1.Capability;
import org.stagedpipe.protocol.v1.ClusterView;
import org.stagedpipe.protocol.v1.GroupSummary;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeEntry;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.NodeReport;
import org.stagedpipe.protocol.v1.PluginVersion;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.VersionOutcomes;
import org.stagedpipe.transport.Call;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The members and what each of them was told. Safe for use by many threads: one lock, never held while anything blocks.
///
/// A member has a lease that each of its messages renews, by a monotonic clock. A broken stream alone does not end a
/// membership: the node may come back until its lease ends, and nobody else notices. Workers get the plan, coordinators
/// the view; both are sent whole, with a revision that grows, also across restarts, because the epoch leads it.
///
/// A report that changes nothing that coordinators see costs the same however many members there are: the view is made
/// again only when a worker comes, goes or is seen differently, when the routes change, or when the grace ends, see [Views].
final class Nodes {

    private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
    private static final int EPOCH_SHIFT = 32;

    /// What the members are told about their overseer.
    ///
    /// @param overseer its name
    /// @param epoch since it leads
    /// @param overseers that live, host:port; asked for each heartbeat
    record Terms(
            String overseer,
            long epoch,
            Duration lease,
            Duration heartbeat,
            Supplier<List<String>> overseers) {}

    private final Terms terms;
    private final Welcomes welcomes;
    private final LongSupplier nanos;
    private final LongSupplier wallMs;
    private final Roster roster = new Roster();
    private final Views views;
    private final Plans plans;
    private final Grace grace;
    private final RollCall rollCall;
    private long lookedNanos; // at the leases, last
    private boolean closed;
    private long revision;
    private final Tally tally = new Tally();
    private final Losses losses = new Losses();
    private final Cordoning cordoning = new Cordoning();
    private final CancelOrders cancelOrders = new CancelOrders();
    private final Briefing briefing;
    private final Refusals refusals = new Refusals();

    /// @param known workers that were members before this overseer started; until they are back, for at most one lease,
    ///     coordinators are left with the view that they have
    /// @param nanos monotonic
    /// @param wallMs since 1970, shown to people only
    Nodes(Terms terms, Set<String> known, LongSupplier nanos, LongSupplier wallMs) {
        this.terms = terms;
        this.welcomes = new Welcomes(terms);
        this.plans = new Plans(roster, welcomes);
        this.views = new Views(roster, welcomes, () -> ++revision, nanos);
        this.briefing = new Briefing(welcomes, plans, views, cancelOrders);
        this.nanos = nanos;
        this.wallMs = wallMs;
        this.lookedNanos = nanos.getAsLong();
        this.grace = new Grace(known, terms.lease(), lookedNanos);
        this.rollCall = new RollCall(this, roster, grace, terms.lease(), nanos);
        this.revision = terms.epoch() << EPOCH_SHIFT;
    }

    /// A node said hello; it is a member when this returns.
    synchronized Node join(Hello hello, Call<NodeOrder> call) throws CallException {
        refuseIfClosed();
        Node before = roster.find(hello.getName());
        long now = nanos.getAsLong();
        try {
            welcomes.check(hello, before, now);
        } catch (CallException e) {
            refusals.tell(e, now);
            throw e;
        }
        if (before != null) {
            end(before, Kind.CONFLICT, "the node came on a new stream");
        }
        Node node;
        if (before != null && before.isProcess(hello)) {
            before.rejoin(hello, call, now);
            node = before;
        } else {
            if (before != null) {
                losses.add(before);
            }
            node = new Node(hello, call, now, wallMs.getAsLong());
            roster.put(node);
            LOG.info("{} {} joins from pid {}", node.label(), node.name(), hello.getPid());
        }
        node.cordon(cordoning.has(node.name()));
        roster.share(node);
        roster.refresh(node);
        briefing.give(node, call);
        changed(node.role() == Role.WORKER);
        return node;
    }

    /// A member's next message.
    synchronized void report(Node node, Call<NodeOrder> call, NodeReport report)
            throws CallException {
        if (node.call() != call) {
            throw new CallException(Kind.CONFLICT, node.name() + " is not a member on this stream");
        }
        node.renew(nanos.getAsLong());
        switch (report.getMessageCase()) {
            case HEARTBEAT -> {
                node.heartbeat(report.getHeartbeat(), wallMs.getAsLong());
                cancelOrders.listed(node.groups(), nanos.getAsLong());
                tally.add(node.newOutcomes(report.getHeartbeat()));
                answer(node, call);
            }
            case APPLIED -> applied(node, report.getApplied());
            case GOODBYE -> node.leave();
            case HELLO -> throw new CallException(Kind.INVALID, "hello twice (expected: once)");
            case MESSAGE_NOT_SET -> LOG.debug("{}: a report that is not known", node.name());
        }
        changed(roster.refresh(node));
    }

    /// What came of an order of this overseer, or of one that led before it. One that is still to be given comes from a cluster
    /// whose store is gone.
    private void applied(Node node, Applied report) {
        if (report.getRevision() <= revision) {
            node.applied(report);
        }
    }

    /// A member's stream has ended.
    ///
    /// @param orderly whether the node ended it, and so does not come back by itself
    synchronized void left(Node node, Call<NodeOrder> call, boolean orderly, String why) {
        if (node.call() != call) {
            return; // it came back on another stream
        }
        node.lose();
        if (orderly) {
            node.leave();
        }
        if (node.isLeaving()) {
            remove(node, "left");
        } else {
            LOG.info("{} {}: stream lost: {}", node.label(), node.name(), why);
        }
        changed(!roster.has(node));
    }

    /// Ends the memberships whose leases have ended, and orders that are over. Call it several times in a lease: if it was not
    /// called for half of one, this process was paused, and what the members sent meanwhile is still to be read.
    synchronized void expire() {
        int before = roster.count();
        long now = nanos.getAsLong();
        if (now - lookedNanos > leaseNanos() / 2) {
            long pausedMs = Duration.ofNanos(now - lookedNanos).toMillis();
            if (before > 0) { // or it has only taken its time to begin
                LOG.warn("leases begin anew, nobody looked at them for {} ms", pausedMs);
            }
            roster.all().forEach(node -> node.renew(now));
            grace.prolong(now - lookedNanos);
        }
        lookedNanos = now;
        for (Node node : roster.all()) {
            if (node.isExpired(now, leaseNanos())) {
                long leaseMs = terms.lease().toMillis();
                end(node, Kind.TIMED_OUT, "silent for longer than the lease of " + leaseMs + " ms");
                losses.add(node);
                remove(node, "lease ended");
            }
        }
        cancelOrders.expire(now);
        if (grace.expire(now)) {
            LOG.info("the grace for known workers is over, missing: {}", grace.awaited());
        }
        changed(roster.count() != before);
    }

    /// The store has that version of the catalogue: the members obey none before it any more. Call it before they are told
    /// anything of that version.
    synchronized void catalogue(long version, Lineage lineage) {
        if (welcomes.catalogue(version, lineage)) {
            roster.all().forEach(node -> roster.send(node, welcomes.order()));
        }
    }

    /// What workers are to hold from now on; they are told in any case, and try again what they could not make ready.
    ///
    /// @return the plan's revision
    /// @throws CallException REFUSED if it is too large to be sent: they keep the plan before
    synchronized long plan(Plans.Content content) throws CallException {
        plans.make(++revision, content);
        return revision;
    }

    /// The same, but they are told only if it is something else than they were told last.
    synchronized void planIfNew(Plans.Content content) throws CallException {
        if (!plans.isLast(content)) {
            plan(content);
        }
    }

    /// What coordinators give to groups from now on.
    ///
    /// @param newRoutes without workers
    /// @return the revision of the view that says so
    synchronized long routes(ClusterView newRoutes) {
        views.routes(newRoutes);
        settle();
        if (grace.isSettled()) {
            views.make();
        }
        notifyAll();
        return views.revision();
    }

    /// Waits until known workers are back or their grace is over.
    ///
    /// @return whether it is so
    boolean awaitSettled(Duration timeout) throws InterruptedException {
        return await(timeout, grace::isSettled);
    }

    /// Waits until the condition holds; it is looked at under the lock, after each change.
    ///
    /// @return whether it held in time, and before this was closed
    synchronized boolean await(Duration timeout, BooleanSupplier condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0 || closed) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /// Waits until all members have come and said what they use, see [RollCall].
    ///
    /// @throws CallException REFUSED if one has not; UNREACHABLE once this is closed
    synchronized void awaitHeartbeats() throws CallException, InterruptedException {
        String missing = rollCall.await(() -> closed);
        refuseIfClosed();
        if (!missing.isEmpty()) {
            throw new CallException(Kind.REFUSED, missing);
        }
    }

    /// Ends the group on whichever coordinator has it, now or later.
    synchronized void cancel(Cancellation cancellation) {
        cancelOrders.put(cancellation, nanos.getAsLong(), wallMs.getAsLong());
        roster.owners(ByteString.fromHex(cancellation.group()))
                .forEach(node -> node.send(welcomes.cancel(cancellation)));
    }

    /// Ends the orders whose groups have most likely ended.
    synchronized void endUnlistedCancellations() {
        cancelOrders.endUnlisted(nanos.getAsLong(), leaseNanos());
    }

    /// The groups that are still to end, the oldest order first.
    synchronized List<Cancellation> cancellations() {
        return cancelOrders.all();
    }

    /// Whether a coordinator has the group.
    synchronized boolean isListed(ByteString group) {
        return !roster.owners(group).isEmpty();
    }

    /// Waits until a coordinator says that it has the group.
    ///
    /// @return whether one has it
    /// @throws CallException REFUSED if none has it that is here and others may be on their way to this overseer; UNREACHABLE once
    ///     this is closed
    synchronized boolean awaitListed(ByteString group, Duration timeout)
            throws CallException, InterruptedException {
        boolean isListed = await(timeout, () -> isListed(group));
        refuseIfClosed();
        if (!isListed && !rollCall.haveAllCome()) {
            throw new CallException(
                    Kind.REFUSED, "no coordinator that is here has it; " + grace.text());
        }
        return isListed;
    }

    /// The names of the coordinators that have the group if none of them can be told anything at present; empty otherwise.
    synchronized List<String> unreachableOwners(ByteString group) {
        List<Node> owners = roster.owners(group);
        return owners.stream().anyMatch(Node::isConnected)
                ? List.of()
                : owners.stream().map(Node::name).toList();
    }

    /// From now on these get nothing new, and no others, whether they are here or come later.
    synchronized void cordon(Set<String> names) {
        cordoning.set(names);
        boolean seen = false;
        boolean toldApart = false;
        for (Node node : roster.all()) {
            if (node.isCordoned() != names.contains(node.name())) {
                node.cordon(names.contains(node.name()));
                seen |= roster.refresh(node);
                if (node.role() == Role.COORDINATOR) {
                    node.send(welcomes.cordon(node));
                    toldApart = true;
                }
            }
        }
        if (toldApart && views.revision() > 0) {
            views.again();
        }
        changed(seen);
    }

    /// All members, for people.
    synchronized List<NodeEntry> entries() {
        return roster.all().stream()
                .map(node ->
                        node.entry().toBuilder()
                                .setCordoning(cordoning.isUnderWay(node.name()))
                                .build())
                .toList();
    }

    /// @throws CallException UNREACHABLE once this is closed: whoever leads now has members of its own
    synchronized void refuseIfClosed() throws CallException {
        if (closed) {
            throw new CallException(Kind.UNREACHABLE, "the overseer does not lead any more");
        }
    }

    /// Whether a client can be given one.
    synchronized boolean hasCoordinator() {
        return roster.all(Role.COORDINATOR).anyMatch(Node::takesGroups);
    }

    /// Members of that role, by name; the nodes themselves are to be looked at under the lock, in [#await] or [#with].
    synchronized List<Node> all(Role role) {
        return roster.all(role).toList();
    }

    /// What the workers' containers offer, each once, with the names of the workers that offer it.
    synchronized Map<List<Capability>, List<String>> platforms() {
        return roster.platforms();
    }

    /// Something computed under the lock.
    synchronized <T> T with(Supplier<T> question) {
        return question.get();
    }

    /// Each coordinator's groups.
    synchronized Map<String, List<GroupSummary>> groups() {
        return roster.groups();
    }

    /// Whether a group of that plugin can be opened, perhaps only one that was open before.
    synchronized boolean isServed(String plugin) {
        return views.isServed(plugin);
    }

    /// How the items of that version ended on all coordinators, since this overseer leads.
    synchronized VersionOutcomes outcomes(PluginVersion plugin) {
        return tally.of(plugin);
    }

    /// What a worker says of a version that it could not start; empty if none says so.
    synchronized String failure(PluginVersion plugin) {
        return roster.failure(plugin);
    }

    /// Whether one of those workers is a member that neither leaves nor is cordoned.
    synchronized boolean hasAny(List<String> workers) {
        return roster.hasAny(workers);
    }

    /// How often each worker that was not cordoned ended without leaving, or was lost, since this overseer leads.
    synchronized Map<String, Integer> losses() {
        return losses.times();
    }

    /// The names of those that get nothing new, whether they are here or not.
    synchronized Set<String> cordoned() {
        return cordoning.names();
    }

    /// Whether that worker is connected and gets new work.
    synchronized boolean isReady(String worker) {
        Node node = roster.find(worker);
        return node != null && node.isConnected() && node.isReady();
    }

    /// How often a view was made; grows with what coordinators see, not with how often nodes report.
    synchronized long viewsMade() {
        return views.made();
    }

    /// Whether this node is still a member.
    synchronized boolean isMember(Node node) {
        return roster.has(node);
    }

    /// The names of the workers, and of those that are still waited for.
    synchronized Set<String> workerNames() {
        return rollCall.workerNames();
    }

    /// Tells all members that this overseer goes away.
    synchronized void close() {
        closed = true;
        notifyAll();
        String why = "the overseer stops, or does not lead any more";
        roster.all().forEach(node -> end(node, Kind.UNREACHABLE, why));
    }

    /// So that the node knows that this overseer lives, and hears what it was not told while it read nothing.
    private void answer(Node node, Call<NodeOrder> call) {
        if (node.readsNoMore(nanos.getAsLong(), leaseNanos())) {
            LOG.warn("{} {} reads no orders, its stream ends", node.label(), node.name());
            end(node, Kind.TIMED_OUT, node.name() + " reads no orders");
        } else if (node.reads() && node.takeMissed()) {
            briefing.give(node, call);
        } else if (node.reads()) {
            call.send(welcomes.order());
            briefing.remind(node);
        }
    }

    /// Tells coordinators what is new, and wakes whoever waits.
    ///
    /// @param seen whether coordinators may see something new
    private void changed(boolean seen) {
        settle();
        if (grace.isSettled() && (seen || views.revision() == 0)) {
            views.changed();
        }
        cordoning.hear(views, rollCall.haveAllCome());
        notifyAll();
    }

    /// Tells coordinators what they have not been told yet. Call it several times in a tenth of a second.
    synchronized void show() {
        if (views.show()) {
            cordoning.hear(views, rollCall.haveAllCome());
            notifyAll();
        }
    }

    private void settle() {
        grace.settle(name -> {
            Node node = roster.find(name);
            return node != null && node.hasApplied();
        });
    }

    private void remove(Node node, String why) {
        roster.remove(node);
        LOG.info("{} {} is no member any more: {}", node.label(), node.name(), why);
    }

    private static void end(Node node, Kind kind, String why) {
        Call<NodeOrder> call = node.call();
        if (call != null) {
            node.lose();
            call.fail(new CallException(kind, why));
        }
    }

    private long leaseNanos() {
        return terms.lease().toNanos();
    }
}
