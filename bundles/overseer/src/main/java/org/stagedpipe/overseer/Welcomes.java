package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.cluster.catalogue.Cancellation;
import org.stagedpipe.cluster.catalogue.Lineage;
import org.stagedpipe.protocol.v1.CancelGroupOrder;
import org.stagedpipe.protocol.v1.Cordon;
import org.stagedpipe.protocol.v1.Hello;
import org.stagedpipe.protocol.v1.NodeOrder;
import org.stagedpipe.protocol.v1.Recorded;
import org.stagedpipe.protocol.v1.Role;
import org.stagedpipe.protocol.v1.Welcome;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;

import java.util.List;

/// Which nodes may be members, and what all of them are told about their overseer. Guarded by the lock of the [Nodes].
final class Welcomes {

    private static final String REMEDY =
            "; if the store is an old one on purpose: without the file overseers in the data folder"
                    + " of each node";

    private final Nodes.Terms terms;
    private long catalogue; // its version
    private Lineage lineage = Lineage.NONE; // of that one
    private NodeOrder welcome = NodeOrder.getDefaultInstance();

    Welcomes(Nodes.Terms terms) {
        this.terms = terms;
    }

    /// @param before the member of its name, if there is one
    /// @throws CallException if that node cannot be a member here
    void check(Hello hello, @Nullable Node before, long nowNanos) throws CallException {
        if (hello.getProtocol() != 1) {
            throw new CallException(
                    Kind.INVALID, "protocol " + hello.getProtocol() + " (expected: 1)");
        }
        if (!hello.getName().matches("[a-z][a-z0-9-]{0,62}")) {
            throw new CallException(
                    Kind.INVALID,
                    "name \""
                            + hello.getName()
                            + "\" (expected: lower-case letters, digits and hyphens)");
        }
        if (hello.getRole() != Role.WORKER && hello.getRole() != Role.COORDINATOR) {
            throw new CallException(
                    Kind.INVALID, "role " + hello.getRole() + " (expected: WORKER or COORDINATOR)");
        }
        if (hello.getEpoch() > terms.epoch()) {
            throw new CallException(
                    Kind.REFUSED,
                    hello.getName()
                            + " has seen epoch "
                            + hello.getEpoch()
                            + ", this overseer leads since "
                            + terms.epoch()
                            + " (expected: at most that); another overseer leads");
        }
        if (hello.getCatalogue() > catalogue) {
            throw new CallException(
                    Kind.REFUSED,
                    hello.getName()
                            + " has seen catalogue "
                            + hello.getCatalogue()
                            + ", this overseer has "
                            + catalogue
                            + " (expected: at least that)"
                            + REMEDY);
        }
        if (!lineage.admits(hello.getCatalogue(), hello.getCatalogueOrigin())) {
            throw new CallException(
                    Kind.REFUSED,
                    hello.getName()
                            + " has seen catalogue "
                            + hello.getCatalogue()
                            + ", which this overseer's store has with other changes"
                            + " (expected: the same)"
                            + REMEDY);
        }
        if (before != null
                && !before.isProcess(hello)
                && before.isConnected()
                && !before.isExpired(nowNanos, terms.lease().toNanos())) {
            throw new CallException(
                    Kind.EXISTS,
                    "a node named "
                            + hello.getName()
                            + " is a member already, pid "
                            + before.hello().getPid()
                            + " at "
                            + before.hello().getAddress().getHost()
                            + ":"
                            + before.hello().getAddress().getPort()
                            + " (expected: a name of its own for each node)");
        }
    }

    /// The members are to obey none before it.
    ///
    /// @return whether it is a later one than before
    boolean catalogue(long version, Lineage known) {
        if (version <= catalogue) {
            return false;
        }
        catalogue = version;
        lineage = known;
        return true;
    }

    /// An order, which bears the epoch.
    NodeOrder.Builder begin() {
        return NodeOrder.newBuilder().setEpoch(terms.epoch());
    }

    /// Whether a node is to expect anything new.
    NodeOrder cordon(Node node) {
        return begin().setCordon(Cordon.newBuilder().setCordoned(node.isCordoned())).build();
    }

    /// A group that it is to end.
    NodeOrder cancel(Cancellation cancellation) {
        return begin().setCancelGroup(
                        CancelGroupOrder.newBuilder()
                                .setGroup(ByteString.fromHex(cancellation.group()))
                                .setReason(cancellation.reason()))
                .build();
    }

    /// What it reports that is in the audit log.
    NodeOrder recorded(Node node) {
        return begin().setRecorded(Recorded.newBuilder().addAllDropped(node.recorded())).build();
    }

    /// Who leads, with which catalogue, and which overseers live; the same object as long as that stays so.
    NodeOrder order() {
        List<String> overseers = terms.overseers().get();
        if (!welcome.hasWelcome()
                || welcome.getWelcome().getCatalogue() != catalogue
                || !welcome.getWelcome().getOverseersList().equals(overseers)) {
            welcome =
                    begin().setWelcome(
                                    Welcome.newBuilder()
                                            .setEpoch(terms.epoch())
                                            .setLeaseMs((int) terms.lease().toMillis())
                                            .setHeartbeatMs((int) terms.heartbeat().toMillis())
                                            .setOverseer(terms.overseer())
                                            .setCatalogue(catalogue)
                                            .setCatalogueOrigin(lineage.of(catalogue))
                                            .addAllOverseers(overseers))
                            .build();
        }
        return welcome;
    }
}
