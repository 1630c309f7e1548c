package org.stagedpipe.console.command;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.Charset;

/// Standard output of this process, which knows why it could not be written; a [PrintStream] alone knows only that.
final class StandardOutput extends PrintStream {

    private static final int BUFFER_BYTES = 8_192;

    private final Descriptor descriptor;

    StandardOutput(OutputStream stream, Charset charset) {
        this(new Descriptor(stream), charset);
    }

    private StandardOutput(Descriptor descriptor, Charset charset) {
        super(new BufferedOutputStream(descriptor, BUFFER_BYTES), true, charset);
        this.descriptor = descriptor;
    }

    /// Whether something could not be written that somebody still waited for: not if its reader went away, as `head` does once it has
    /// enough. Not a matter of [#checkError], which minds that a shell's channel has closed this.
    boolean isLost() {
        flush();
        return descriptor.isLost;
    }

    /// Whether its reader went away.
    boolean hasEnough() {
        return descriptor.isCut;
    }

    /// What the system calls a pipe without a reader, in the language of this process.
    static String ofBrokenPipe() {
        try {
            Pipe pipe = Pipe.open();
            try (Pipe.SinkChannel sink = pipe.sink()) {
                pipe.source().close();
                sink.write(ByteBuffer.allocate(1));
                return "";
            }
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static final class Descriptor extends FilterOutputStream {

        private volatile boolean isLost;
        private volatile boolean isCut;

        Descriptor(OutputStream stream) {
            super(stream);
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            try {
                out.write(bytes, from, count);
            } catch (IOException e) {
                if (ofBrokenPipe().equals(e.getMessage())) { // the JDK has no type for it
                    isCut = true;
                } else {
                    isLost = true;
                }
                throw e;
            }
        }
    }
}
