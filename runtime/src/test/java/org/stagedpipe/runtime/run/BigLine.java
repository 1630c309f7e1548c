package org.stagedpipe.runtime.run;

import org.stagedpipe.console.command.ConsoleContext;
import org.stagedpipe.console.command.ConsoleIo;
import org.stagedpipe.console.command.Defaults;
import org.stagedpipe.console.command.GlobalOptions;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Objects;

/// A process whose one item is as big as items may be, and comes back as it is.
final class BigLine {

    static final int BYTES = 100 << 20;

    private BigLine() {}

    /// Says on stdout how many bytes of lines the outcome has.
    public static void main(String[] arguments) throws Exception {
        Counting out = new Counting();
        ConsoleIo io =
                ConsoleIo.plain(
                        new OneLine(),
                        new PrintStream(out, false),
                        new PrintStream(OutputStream.nullOutputStream(), false));
        ConsoleContext context = new ConsoleContext(io, new GlobalOptions(), Defaults.local());
        EchoItems echo = new EchoItems();
        new LineInput(io.in(), fault -> {}).submitAll(echo, new RunProgress(context));
        new OutcomeLine(io.out()).write(Objects.requireNonNull(echo.take()));
        System.out.println(out.bytes);
    }

    /// A line that is no JSON.
    private static final class OneLine extends InputStream {

        private int left = BYTES + 1;

        @Override
        public int read() {
            throw new UnsupportedOperationException("byte by byte");
        }

        @Override
        public int read(byte[] into, int from, int most) {
            if (left == 0) {
                return -1;
            }
            int count = Math.min(most, left);
            Arrays.fill(into, from, from + count, (byte) 'x');
            left -= count;
            if (left == 0) {
                into[from + count - 1] = '\n';
            }
            return count;
        }
    }

    private static final class Counting extends OutputStream {

        private long bytes;

        @Override
        public void write(int one) {
            bytes++;
        }

        @Override
        public void write(byte[] all, int from, int count) {
            bytes += count;
        }
    }
}
