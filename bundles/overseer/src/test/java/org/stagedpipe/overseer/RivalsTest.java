package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.stagedpipe.cluster.ensemble.Candidate;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.cluster.ensemble.Terms;
import org.stagedpipe.protocol.v1.Assignment;
import org.stagedpipe.protocol.v1.OverseerInfo;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Security;
import org.stagedpipe.transport.Server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A member that is not here, as another overseer answers where it was.
class RivalsTest {

    private static final Endpoint HERE = new Endpoint("127.0.0.1", 1);
    private static final String SAID = "serves another one";

    @Test
    void aMemberThatServesAnotherClusterIsTold() throws Exception {
        assertEquals(1, told("o1", "127.0.0.1:9"));
    }

    @Test
    void oneThatIsOnItsWayBackIsNot() throws Exception {
        assertEquals(0, told("o1", HERE.toString()));
        assertEquals(0, told("o1"), "it knows no overseers yet");
    }

    @Test
    void anotherOverseerThatHasItsAddressNowIsNot() throws Exception {
        assertEquals(0, told("o7", "127.0.0.1:9"));
    }

    /// How often it is told that `o1`, which has left, is in another cluster, when such a one answers at its address.
    private static int told(String name, String... overseers) throws Exception {
        OverseerInfo info =
                OverseerInfo.newBuilder().setName(name).addAllOverseers(List.of(overseers)).build();
        String folder = "RivalsTest " + name + List.of(overseers);
        try (Server other =
                        Server.at(new Endpoint("127.0.0.1", 0), Security.loopbackOnly())
                                .unary(Rpcs.DESCRIBE, request -> info)
                                .unary(
                                        Rpcs.ASSIGN_COORDINATOR,
                                        request -> Assignment.getDefaultInstance())
                                .exchange(Rpcs.SUBSCRIBE, exchange -> {})
                                .start();
                Ensemble own = stand("o2", HERE, folder)) {
            Peers peers = new Peers("o2", own, () -> 0);
            Rivals rivals = new Rivals(peers, () -> HERE, Security.loopbackOnly());
            try (Ensemble before = stand("o1", other.endpoint(), folder)) {
                peers.look();
            }
            int said = TestLog.warnings(SAID).size();
            peers.look();
            rivals.look();
            return TestLog.warnings(SAID).size() - said;
        }
    }

    private static Ensemble stand(String name, Endpoint at, String folder) throws Exception {
        Ensemble ensemble =
                new InMemoryEnsembles(2, folder)
                        .open(
                                new Terms(
                                        name,
                                        Path.of(folder),
                                        "127.0.0.1",
                                        "127.0.0.1",
                                        List.of(0, 0, 0),
                                        null,
                                        () -> "",
                                        Duration.ofSeconds(10),
                                        null),
                                why -> {});
        ensemble.stand(
                new Card(name, at, at, "http://127.0.0.1").toString(),
                new Candidate() {
                    @Override
                    public void lead(long epoch) {}

                    @Override
                    public void follow(String card) {}

                    @Override
                    public boolean hasEnded(String card) {
                        return false;
                    }

                    @Override
                    public boolean isAnother(String card) {
                        return false;
                    }
                });
        return ensemble;
    }
}
