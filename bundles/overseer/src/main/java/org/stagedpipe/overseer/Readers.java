package org.stagedpipe.overseer;

import org.stagedpipe.transport.Caller;
import org.stagedpipe.transport.Rpcs;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

import javax.net.ssl.SSLSession;

/// Who may read the repository over HTTP: who may fetch bundles, and operators, who have tools.
final class Readers {

    private Readers() {}

    /// Why the peer of that session may not; empty if it may.
    static Optional<String> refusal(SSLSession session) {
        Set<Caller> readers = EnumSet.of(Caller.OPERATOR);
        readers.addAll(Rpcs.FETCH.callers());
        Set<Caller> peer = Caller.of(session);
        return peer.stream().anyMatch(readers::contains)
                ? Optional.empty()
                : Optional.of(
                        "not permitted to %s (expected: a certificate of one of %s)"
                                .formatted(
                                        peer.isEmpty()
                                                ? "a peer whose certificate names no role in this"
                                                        + " cluster"
                                                : peer,
                                        readers));
    }
}
