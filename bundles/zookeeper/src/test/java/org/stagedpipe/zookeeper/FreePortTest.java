package org.stagedpipe.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.stream.IntStream;

class FreePortTest {

    @Test
    void onePortIsNotGivenTwice() throws Exception {
        Integer[] given =
                IntStream.range(1, 1 << 16)
                        .filter(port -> port % 63 != 0)
                        .boxed()
                        .toArray(Integer[]::new);
        assertEquals(0, FreePort.on("127.0.0.1", given) % 63);
    }
}
