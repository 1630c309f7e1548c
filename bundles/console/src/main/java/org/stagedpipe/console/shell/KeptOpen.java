package org.stagedpipe.console.shell;

import java.io.FilterInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// The streams of a connection as its sessions get them: closing them leaves the connection open.
final class KeptOpen {

    private KeptOpen() {}

    static InputStream of(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public void close() {}
        };
    }

    static PrintStream of(PrintStream out) {
        return new PrintStream(out, true, StandardCharsets.UTF_8) {
            // Takes no lock either: who interrupts a thread that writes closes what it writes to.
            @Override
            public void close() {}
        };
    }
}
