package org.stagedpipe.benchmarks.peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;

import org.stagedpipe.benchmarks.dataplane.plugin.Reading;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.LongAdder;

/// The ends of the job in a peer's process: JSON read and written by Jackson, results counted. Static, because peers copy
/// what they are given.
final class Job {

    /// Items done in this process.
    static final LongAdder DONE = new LongAdder();

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectReader READER = MAPPER.readerFor(Reading.class);
    private static final ObjectWriter WRITER = MAPPER.writerFor(Reading.class);
    private static final byte[] ITEM = write(Reading.sample());

    private Job() {}

    /// What is sent: the same item again and again.
    static byte[] item() {
        return ITEM;
    }

    static Reading read(byte[] item) {
        try {
            return READER.readValue(item);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] write(Reading reading) {
        try {
            return WRITER.writeValueAsBytes(reading);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void done(byte[] result) {
        if (result.length < ITEM.length - 1) {
            throw new IllegalStateException(
                    "a result of "
                            + result.length
                            + " bytes (expected: about "
                            + ITEM.length
                            + ")");
        }
        DONE.increment();
    }
}
