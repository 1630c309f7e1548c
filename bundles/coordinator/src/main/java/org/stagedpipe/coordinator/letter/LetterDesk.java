package org.stagedpipe.coordinator.letter;

import com.google.protobuf.ByteString;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stagedpipe.protocol.v1.DeadLetter;
import org.stagedpipe.protocol.v1.DeadLetterGroup;
import org.stagedpipe.protocol.v1.DeadLetterPart;
import org.stagedpipe.protocol.v1.DropDeadLettersRequest;
import org.stagedpipe.protocol.v1.DropDeadLettersResponse;
import org.stagedpipe.protocol.v1.LettersDropped;
import org.stagedpipe.protocol.v1.ListDeadLettersRequest;
import org.stagedpipe.protocol.v1.ReadDeadLettersRequest;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.CallException.Kind;
import org.stagedpipe.transport.Exchange;
import org.stagedpipe.transport.Peer;
import org.stagedpipe.transport.Rpcs;
import org.stagedpipe.transport.Server;

import java.io.IOException;
import java.util.HexFormat;
import java.util.function.Consumer;

/// Answers operators who ask for dead letters. Each call has a virtual thread of its own, and waits for its reader.
///
/// @param letters what there is
/// @param drops keeps who has removed which, for the audit log
/// @param told the same
public record LetterDesk(Letters letters, Drops drops, Consumer<String> told) {

    private static final Logger LOG = LoggerFactory.getLogger(LetterDesk.class);
    private static final int ID_BYTES = 16;

    /// One that logs what is removed.
    public LetterDesk(Letters letters, Drops drops) {
        this(letters, drops, LOG::info);
    }

    /// Lets that server answer them.
    public Server.Builder at(Server.Builder server) {
        return server.exchange(Rpcs.LIST_DEAD_LETTERS, this::list)
                .exchange(Rpcs.READ_DEAD_LETTERS, this::read)
                .exchange(Rpcs.DROP_DEAD_LETTERS, this::drop);
    }

    private void list(Exchange<DeadLetterGroup, ListDeadLettersRequest> exchange)
            throws CallException, InterruptedException {
        ListDeadLettersRequest _ = request(exchange);
        for (DeadLetterGroup group : letters.list()) {
            exchange.send(group);
        }
    }

    private void read(Exchange<DeadLetterPart, ReadDeadLettersRequest> exchange)
            throws CallException, InterruptedException {
        ReadDeadLettersRequest request = request(exchange);
        check(request.getGroup());
        try {
            letters.read(request.getGroup(), request.getWithoutData(), new Sending(exchange));
        } catch (IOException e) {
            throw new CallException(Kind.INTERNAL, "dead letters cannot be read: " + e, e);
        }
    }

    private void drop(Exchange<DropDeadLettersResponse, DropDeadLettersRequest> exchange)
            throws CallException, InterruptedException {
        DropDeadLettersRequest request = request(exchange);
        check(request.getGroup());
        boolean dropped = drop(request, exchange.peer());
        told.accept(
                "dead letters of group "
                        + HexFormat.of().formatHex(request.getGroup().toByteArray())
                        + (dropped ? " were dropped by " : " (there are none) dropped by ")
                        + who(exchange.peer(), request.getOperator()));
        exchange.send(DropDeadLettersResponse.newBuilder().setDropped(dropped).build());
    }

    private boolean drop(DropDeadLettersRequest request, Peer peer) throws CallException {
        DeadLetterGroup group = letters.show(request.getGroup());
        if (group == null) {
            return false;
        }
        LettersDropped drop = drops.begin(group, peer, request.getOperator());
        try {
            boolean dropped = letters.drop(request.getGroup());
            if (dropped) {
                drops.end(drop, "done", "");
            } else { // somebody else was first
                drops.forget(drop);
            }
            return dropped;
        } catch (IOException e) {
            drops.end(drop, "failed", e.toString());
            throw new CallException(Kind.INTERNAL, "dead letters cannot be removed: " + e, e);
        } catch (RuntimeException e) { // or it would be reported after a restart only
            drops.end(drop, "failed", e.toString());
            throw e;
        }
    }

    /// As an overseer's audit log has it; what is said is a stranger's.
    private static String who(Peer peer, String said) {
        String name = Said.name(peer.acting(said));
        return (name.isBlank() ? "unknown" : name)
                + (peer.name().isEmpty() ? " (not proven)" : "")
                + ", "
                + peer.address();
    }

    private static <I> I request(Exchange<?, I> exchange)
            throws CallException, InterruptedException {
        I request = exchange.next();
        if (request == null) {
            throw new CallException(Kind.INVALID, "no request (expected: one)");
        }
        return request;
    }

    private static void check(ByteString group) throws CallException {
        if (group.size() != ID_BYTES) {
            throw new CallException(
                    Kind.INVALID, "group: " + group.size() + " bytes (expected: " + ID_BYTES + ")");
        }
    }

    private record Sending(Exchange<DeadLetterPart, ReadDeadLettersRequest> exchange)
            implements LetterFile.Reader {

        @Override
        public void letter(DeadLetter letter) throws CallException, InterruptedException {
            exchange.send(DeadLetterPart.newBuilder().setLetter(letter).build());
        }

        @Override
        public void data(ByteString part) throws CallException, InterruptedException {
            exchange.send(DeadLetterPart.newBuilder().setData(part).build());
        }
    }
}
