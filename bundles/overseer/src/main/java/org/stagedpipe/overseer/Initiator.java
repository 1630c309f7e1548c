package org.stagedpipe.overseer;

import org.stagedpipe.transport.Peer;

/// The operator behind a change.
///
/// @param name as its certificate proves it, otherwise as its program says it
/// @param proven by a certificate
/// @param address where the call came from
record Initiator(String name, boolean proven, String address) {

    /// The overseer, where nobody asked for the change.
    static final Initiator ITSELF = new Initiator("overseer", true, "");

    private static final int MAX_NAME = 100;

    Initiator {
        if (name.isBlank()) {
            name = "unknown";
        }
        name = name.length() > MAX_NAME ? name.substring(0, MAX_NAME) : name;
    }

    /// A name that is proven counts more than one that is said, but who is proven may say for whom it acts: a shell does, for
    /// the owner of the key that came in.
    static Initiator of(Peer peer, String said) {
        boolean proven = !peer.name().isEmpty();
        String name = proven && !said.isBlank() ? peer.name() + " for " + said : peer.name();
        return new Initiator(proven ? name : said, proven, peer.address());
    }
}
