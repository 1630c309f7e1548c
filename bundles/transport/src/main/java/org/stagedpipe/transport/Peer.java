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

    /// Who acts. A name that is proven counts more than one that is said, but who is proven may say for whom it acts: a shell
    /// does, for the owner of the key that came in.
    ///
    /// @param said by the call; may be empty
    public String acting(String said) {
        if (names.isEmpty()) {
            return said;
        }
        return said.isBlank() ? name() : name() + " for " + said;
    }

    /// The first of its names; empty without TLS.
    public String name() {
        return names.isEmpty() ? "" : names.getFirst();
    }
}
