package org.stagedpipe.benchmarks.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.stream.IntStream;

class JetPeerTest {

    @Test
    void anyNumberOfSourcesBringsAllItems() {
        for (int sources = 1; sources <= 64; sources++) {
            int all = sources;
            assertEquals(
                    1_000_000,
                    IntStream.range(0, all)
                            .mapToLong(source -> JetPeer.share(1_000_000, source, all))
                            .sum(),
                    all + " sources");
        }
    }
}
