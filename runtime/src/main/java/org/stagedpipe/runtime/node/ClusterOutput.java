package org.stagedpipe.runtime.node;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;

/// What a node of a local cluster writes to standard error, which goes to a file that nobody begins anew: its first mebibyte goes
/// there, all else to `stderr.log` in the folder of its logs, which is begun anew when it is full. Safe for use by many threads.
public final class ClusterOutput extends OutputStream {

    /// The variable of the environment that tells a node so, if it has any value.
    public static final String VARIABLE = "STAGEDPIPE_CLUSTER_OUTPUT";

    private static final int MAX_BYTES = 1 << 20;

    private final OutputStream first;
    private final OutputStream then;
    private long left = MAX_BYTES;

    ClusterOutput(OutputStream first, OutputStream then) {
        this.first = first;
        this.then = then;
    }

    /// From now on what this process writes there.
    ///
    /// @param value of the variable
    static void bound(Path logs, @Nullable String value) throws IOException {
        if (value != null) {
            OutputStream then = new BoundedFile(logs.resolve("stderr.log"), MAX_BYTES);
            PrintStream now = System.err;
            System.setErr(new PrintStream(new ClusterOutput(now, then), true, now.charset()));
        }
    }

    @Override
    public synchronized void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        left -= length;
        (left < 0 ? then : first).write(bytes, offset, length);
    }

    @Override
    public synchronized void flush() throws IOException {
        first.flush();
        then.flush();
    }
}
