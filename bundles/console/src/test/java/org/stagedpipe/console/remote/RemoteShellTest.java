package org.stagedpipe.console.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;

class RemoteShellTest {

    @Test
    void saysInOneWayThatNobodyAnswers() {
        Endpoint nobody = new Endpoint("127.0.0.1", 1);
        CallException failure =
                assertThrows(
                        CallException.class,
                        () -> RemoteShell.open(nobody, null, HostKey.of("SHA256:x")));
        assertEquals("no console answers at 127.0.0.1:1: Connection refused", failure.getMessage());
    }
}
