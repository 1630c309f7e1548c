package org.stagedpipe.transport;

import java.util.List;

/// Who is on the other side of a call.
///
/// @param names as its certificate proves them, `operator/ann` say; none without TLS
/// @param address where it calls from; empty if that is not known
public record Peer(List<String> names, String address) {

    /// Nobody knows.
    public static final Peer UNKNOWN = new Peer(List.of(), "");

    /// @param names as its certificate proves them
    public Peer {
        names = List.copyOf(names);
    }

    /// The first of its names; empty without TLS.
    public String name() {
        return names.isEmpty() ? "" : names.getFirst();
    }
}
