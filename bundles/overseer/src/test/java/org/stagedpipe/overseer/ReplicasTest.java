package org.stagedpipe.overseer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stagedpipe.cluster.ensemble.Ensemble;
import org.stagedpipe.protocol.v1.HoldRequest;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
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
        replicas("o1").keep(SHA256, members);
        assertEquals(
                "the bundle is on 0 of 1 overseers (expected: at least 1): o1 is not here",
                assertThrows(CallException.class, () -> replicas("o4").keep(SHA256, members))
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

    @Test
    void whatIsHereIsReadOnlyIfWhoAsksWantsThat() throws Exception {
        Replicas replicas = replicas("o1");
        Files.write(data.resolve(SHA256), new byte[9]); // of another digest
        HoldRequest request =
                HoldRequest.newBuilder()
                        .setSha256(ByteString.fromHex(SHA256))
                        .setFrom(new Endpoint("127.0.0.1", 1).toAddress())
                        .build();
        replicas.hold(request);
        HoldRequest verified = request.toBuilder().setVerify(true).build();
        CallException lost =
                assertThrows(CallException.class, () -> replicas.hold(verified), "it is fetched");
        assertEquals(Kind.UNREACHABLE, lost.kind());
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
