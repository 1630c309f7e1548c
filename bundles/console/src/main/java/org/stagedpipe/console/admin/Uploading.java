package org.stagedpipe.console.admin;

import com.google.protobuf.ByteString;

import org.jspecify.annotations.Nullable;
import org.stagedpipe.protocol.v1.Progress;
import org.stagedpipe.protocol.v1.PublishBegin;
import org.stagedpipe.protocol.v1.PublishRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Rpcs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;

/// Brings a bundle's bytes to the overseer: those that it lacks, again from there on if the connection breaks. For one
/// bundle.
final class Uploading {

    private static final int CHUNK_BYTES = 256 << 10;
    private static final int ATTEMPTS = 6;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private final ChangeCall call;
    private final PublishBegin begin;
    private final Jar jar;

    /// @param begin with its request
    Uploading(ChangeCall call, PublishBegin begin, Jar jar) {
        this.call = call;
        this.begin = begin.toBuilder().setResume(true).build();
        this.jar = jar;
    }

    /// The conversation about the change, once the overseer has the bytes. The caller closes the exchange.
    ///
    /// @param first what the overseer said then, null if it ended without a word
    record Sent(Exchange<PublishRequest, Progress> exchange, @Nullable Progress first) {}

    /// Until the overseer says that it has the bytes. It may be done again up to there: a change that has begun meanwhile is known by
    /// its request.
    Sent send() throws CallException, IOException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            Exchange<PublishRequest, Progress> exchange =
                    call.connection().exchange(Rpcs.PUBLISH, null);
            boolean sent = false;
            try {
                send(exchange);
                Sent whole = new Sent(exchange, exchange.next(call.patience().say()));
                sent = true;
                return whole;
            } catch (CallException e) {
                if (e.kind() != Kind.UNREACHABLE || attempt == ATTEMPTS) {
                    throw e;
                }
            } finally {
                if (!sent) {
                    exchange.close();
                }
            }
            Thread.sleep(pause);
            pause = pause.plus(pause);
        }
    }

    private void send(Exchange<PublishRequest, Progress> exchange)
            throws CallException, IOException, InterruptedException {
        exchange.send(PublishRequest.newBuilder().setBegin(begin).build(), call.patience().take());
        Progress first = exchange.next(call.patience().say());
        if (first == null) {
            return; // then it ends without a result, and the caller sees that
        }
        try {
            send(exchange, first.getOffset());
            call.listener().asked();
            exchange.complete();
        } catch (CallException e) {
            if (e.kind() != Kind.CANCELLED) {
                throw e;
            }
            // The overseer has all that it needs: its answer comes next.
        }
    }

    private void send(Exchange<PublishRequest, Progress> exchange, long offset)
            throws CallException, IOException, InterruptedException {
        call.listener().uploaded(offset, jar.size());
        long sent = offset;
        try (InputStream in = Files.newInputStream(jar.path())) {
            in.skipNBytes(offset);
            while (sent < jar.size()) {
                ByteString data = ByteString.copyFrom(in.readNBytes(CHUNK_BYTES));
                if (data.isEmpty()) {
                    throw new IOException(
                            jar.path() + ": became shorter than " + jar.size() + " bytes");
                }
                exchange.send(
                        PublishRequest.newBuilder().setData(data).build(), call.patience().take());
                sent += data.size();
                call.listener().uploaded(sent, jar.size());
            }
        }
    }
}
