package org.stagedpipe.console.shell;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
        OutputStream kept =
                new FilterOutputStream(out) {
                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        out.write(bytes, offset, length); // not byte by byte
                    }

                    @Override
                    public void close() throws IOException {
                        flush();
                    }
                };
        return new PrintStream(kept, true, StandardCharsets.UTF_8);
    }
}
