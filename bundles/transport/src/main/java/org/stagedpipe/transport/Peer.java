package org.stagedpipe.transport;

import java.util.Set;

/// Who is on the other side of a call.
///
/// @param name as its certificate proves it, `operator/ann` say; empty without TLS
/// @param callers as what its certificate lets it call; empty without TLS
/// @param address where it calls from; empty if that is not known
public record Peer(String name, Set<Caller> callers, String address) {

    /// Nobody knows.
    public static final Peer UNKNOWN = new Peer("", Set.of(), "");
}
