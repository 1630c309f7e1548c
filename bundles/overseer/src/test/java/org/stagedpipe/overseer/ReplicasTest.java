package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.Security;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/// Who counts among those that have a bundle; what is found when nobody else is there.
class ReplicasTest {

    private static final String SHA256 = "0".repeat(64);

    @TempDir private Path data;

    @Test
    void anOverseerThatIsNoMemberDoesNotCountItself() throws Exception {
        Set<String> members = Set.of("o1");
        replicas("o1").spread(SHA256, members, Steps.UNSEEN);
        assertEquals(
                "the bundle is on 0 of 1 overseers (expected: at least 1): o1 is not here",
                assertThrows(
                                CallException.class,
                                () -> replicas("o4").spread(SHA256, members, Steps.UNSEEN))
                        .getMessage());
    }

    @Test
    void aBundleIsFoundAnewAsItIsIfItIsFineOrNobodyElseHasIt() throws Exception {
        Replicas replicas = replicas("o1");
        assertEquals(Optional.empty(), replicas.findAnew(SHA256));
        Path damaged = Files.write(data.resolve(SHA256), new byte[9]);
        assertEquals(Optional.of(damaged), replicas.findAnew(SHA256));
        String sha256 = HexFormat.of().formatHex(TestBundle.sha256(new byte[9]));
        Path fine = Files.write(data.resolve(sha256), new byte[9]);
        assertEquals(Optional.of(fine), replicas.findAnew(sha256));
        assertTrue(Files.exists(damaged), "it is the only one there is");
    }

    private Replicas replicas(String name) throws Exception {
        Ensemble ensemble = InMemoryEnsembles.usurp(data.toString());
        return new Replicas(
                Blobs.in(data),
                ensemble,
                new Peers(name, ensemble),
                Security.loopbackOnly(),
                () -> new Endpoint("127.0.0.1", 1));
    }
}
