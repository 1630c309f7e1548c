package org.stagedpipe.overseer;

import com.google.protobuf.ByteString;

import org.stagedpipe.protocol.v1.FetchRequest;
import org.stagedpipe.protocol.v1.FetchResponse;
import org.stagedpipe.repository.Blobs;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/// Sends blobs to nodes, from any offset on. Each call runs on a virtual thread of its own and waits for its reader.
final class Fetcher {

    private static final int CHUNK_BYTES = 256 << 10;

    private final Blobs blobs;
    private final Replicas replicas;

    Fetcher(Blobs blobs, Replicas replicas) {
        this.blobs = blobs;
        this.replicas = replicas;
    }

    void fetch(Exchange<FetchResponse, FetchRequest> exchange)
            throws CallException, InterruptedException {
        FetchRequest request = exchange.next();
        if (request == null) {
            throw new CallException(Kind.INVALID, "no request (expected: one)");
        }
        String sha256 = Wire.hex(request.getSha256());
        Path blob =
                (request.getHeld() ? blobs.find(sha256) : findOrFetch(sha256))
                        .orElseThrow(() ->
                                new CallException(
                                        Kind.NOT_FOUND,
                                        "no bundle with sha-256 \"" + sha256 + "\""));
        try (FileChannel file = FileChannel.open(blob)) {
            send(file, request.getOffset(), exchange);
        } catch (IOException e) {
            throw new CallException(Kind.INTERNAL, "blob " + sha256 + " cannot be read: " + e, e);
        }
    }

    /// @throws CallException UNREACHABLE if nobody knows whether there is one
    private Optional<Path> findOrFetch(String sha256) throws CallException, InterruptedException {
        try {
            return replicas.findOrFetch(sha256);
        } catch (IOException e) {
            throw new CallException(
                    Kind.UNREACHABLE,
                    "bundle " + sha256 + " is not here and cannot be fetched: " + e.getMessage(),
                    e);
        }
    }

    private static void send(
            FileChannel file, long offset, Exchange<FetchResponse, FetchRequest> exchange)
            throws IOException, CallException, InterruptedException {
        long size = file.size();
        if (offset < 0 || offset > size) {
            throw new CallException(
                    Kind.INVALID, "offset " + offset + " (expected: 0 to " + size + ")");
        }
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
        long position = offset;
        do {
            buffer.clear();
            position += Math.max(0, file.read(buffer, position));
            buffer.flip();
            exchange.send(
                    FetchResponse.newBuilder()
                            .setSize(size)
                            .setData(ByteString.copyFrom(buffer))
                            .build());
        } while (position < size);
    }
}
