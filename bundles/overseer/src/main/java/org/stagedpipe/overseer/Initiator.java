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
        name = cut(name);
        address = cut(address);
    }

    private static String cut(String text) {
        return text.length() > MAX_NAME ? text.substring(0, MAX_NAME) : text;
    }

    static Initiator of(Peer peer, String said) {
        return new Initiator(peer.acting(said), !peer.name().isEmpty(), peer.address());
    }
}
