package org.stagedpipe.zookeeper;

import org.stagedpipe.cluster.ensemble.Terms;

import java.io.IOException;
import java.net.InetAddress;

/// Where the others find an overseer's server: what the settings say of it, what they know, and what ZooKeeper makes of both.
///
/// @param terms the settings
record Reach(Terms terms) {

    /// Whether that host stands for all addresses of this machine.
    static boolean isEverywhere(String host) throws IOException {
        return InetAddress.getByName(host).isAnyLocalAddress();
    }

    /// Where a server listens for the others if that is not where its overseer does; empty if it is. ZooKeeper knows two ways: at
    /// the address that they call, or everywhere.
    String elsewhere(Member self) throws IOException {
        if (isEverywhere(terms.host())) {
            return ""; // also where the name that others call says nothing here
        }
        InetAddress advertised = InetAddress.getByName(self.host());
        if (advertised.equals(InetAddress.getByName(terms.host()))) {
            return "";
        }
        return "the ports "
                + self.quorumPort()
                + " and "
                + self.electionPort()
                + " listen at "
                + self.host()
                + ", which is "
                + advertised.getHostAddress()
                + " on this machine, and not at host, "
                + terms.host()
                + " (expected: one address for both, or host 0.0.0.0)";
    }

    /// What the settings say of a member of several in vain, and what to do; empty if nothing. It goes on as the others know it:
    /// settings that say the same in other words must not keep it from a majority.
    String unused(Member known) {
        Member set =
                new Member(
                        known.id(),
                        terms.advertised(),
                        port(1, known.quorumPort()),
                        port(2, known.electionPort()));
        if (set.host().equalsIgnoreCase(known.host())
                && set.quorumPort() == known.quorumPort()
                && set.electionPort() == known.electionPort()) {
            return "";
        }
        return "advertise, quorumPort and electionPort are "
                + text(set)
                + " in the settings; the other overseers know this one by "
                + text(known)
                + ", and these count (expected: the same; where a majority lives without it, it"
                + " joins anew with "
                + terms.folder()
                + " empty and the others in its settings)";
    }

    private int port(int which, int known) {
        int configured = terms.ports().get(which);
        return configured == 0 ? known : configured;
    }

    private static String text(Member member) {
        return member.host() + ", " + member.quorumPort() + " and " + member.electionPort();
    }
}
