package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stagedpipe.protocol.v1.CancelGroup;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.GroupResponse;
import org.stagedpipe.transport.CallException.Kind;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/// Streams on the transport's threads.
@Timeout(20)
class CallTest {

    /// Keeps what comes.
    private static class Recorder<T> implements Receiver<T> {
        final BlockingQueue<T> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<String> end = new CompletableFuture<>();

        @Override
        public void onMessage(T message) {
            messages.add(message);
        }

        @Override
        public void onComplete() {
            end.complete("complete");
        }

        @Override
        public void onFailure(CallException failure) {
            end.complete(failure.kind() + " " + failure.getMessage());
        }
    }

    @Test
    void bringsAsManyMessagesAsWereAskedFor() throws Exception {
        Recorder<GroupRequest> received = new Recorder<>();
        CompletableFuture<Call<GroupResponse>> answering = new CompletableFuture<>();
        try (Server server =
                        Servers.streaming(call -> {
                            answering.complete(call);
                            return received;
                        });
                Connection connection = Servers.to(server)) {
            Recorder<GroupResponse> answers = new Recorder<>();
            Call<GroupRequest> call = connection.open(Rpcs.PROCESS, answers);
            for (int i = 0; i < 10; i++) {
                call.send(GroupRequest.getDefaultInstance());
            }
            call.send(last());
            call.complete();

            Call<GroupResponse> callee = answering.get();
            callee.request(10);
            for (int i = 0; i < 10; i++) {
                assertEquals(GroupRequest.getDefaultInstance(), received.messages.take());
            }
            assertNull(received.messages.poll());
            callee.request(1);
            assertEquals(last(), received.messages.take());
            assertEquals("complete", received.end.get());

            callee.send(GroupResponse.getDefaultInstance());
            callee.complete();
            callee.complete(); // has no effect
            callee.send(GroupResponse.getDefaultInstance()); // nor has this
            call.request(5);
            assertEquals("complete", answers.end.get());
            assertEquals(1, answers.messages.size());
        }
    }

    @Test
    void failsBothWays() throws Exception {
        Recorder<GroupRequest> received = new Recorder<>();
        try (Server server = Servers.streaming(call -> received);
                Connection connection = Servers.to(server)) {
            Recorder<GroupResponse> answers = new Recorder<>();
            Call<GroupRequest> call = connection.open(Rpcs.PROCESS, answers);
            call.send(last()); // opens it at the callee
            call.fail(new CallException(Kind.CANCELLED, "enough"));
            call.send(last()); // has no effect
            call.complete(); // nor has this

            assertEquals("CANCELLED enough", answers.end.get());
        }
        try (Server server =
                        Servers.streaming(call -> {
                            call.fail(new CallException(Kind.BUSY, "too many"));
                            return received;
                        });
                Connection connection = Servers.to(server)) {
            Recorder<GroupResponse> answers = new Recorder<>();
            connection.open(Rpcs.PROCESS, answers);

            assertEquals("BUSY too many", answers.end.get());
        }
    }

    @Test
    void endsTheCallWhenAReceiverHasABug() throws Exception {
        try (Server server =
                        Servers.streaming(call -> {
                            throw new IllegalStateException("bug in open");
                        });
                Connection connection = Servers.to(server)) {
            Recorder<GroupResponse> answers = new Recorder<>();
            connection.open(Rpcs.PROCESS, answers);

            assertEquals(
                    "INTERNAL internal error: java.lang.IllegalStateException: bug in open",
                    answers.end.get());
        }
    }

    /// Not as one that the server dropped, which is worth another attempt.
    @Test
    void endsTheCallAsInternalWhenAClientsReceiverLacksMemory() throws Exception {
        try (Server server =
                        Servers.streaming(call -> {
                            call.send(GroupResponse.getDefaultInstance());
                            return new Recorder<>();
                        });
                Connection connection = Servers.to(server)) {
            Recorder<GroupResponse> answers =
                    new Recorder<>() {
                        @Override
                        public void onMessage(GroupResponse message) {
                            throw new OutOfMemoryError("heap");
                        }
                    };
            connection.open(Rpcs.PROCESS, answers).request(1);

            assertEquals(
                    "INTERNAL internal error: java.lang.OutOfMemoryError: heap", answers.end.get());
        }
    }

    @Test
    void tellsTheCalleeThatTheConnectionIsGone() throws Exception {
        Recorder<GroupRequest> received = new Recorder<>();
        CompletableFuture<Call<GroupResponse>> answering = new CompletableFuture<>();
        try (Server server =
                Servers.streaming(call -> {
                    answering.complete(call);
                    return received;
                })) {
            try (Connection connection = Servers.to(server)) {
                connection.open(Rpcs.PROCESS, new Recorder<>()).send(last());
                answering.get();
            }

            assertEquals("CANCELLED the caller is gone", received.end.get());
            answering.get().send(GroupResponse.getDefaultInstance()); // has no effect
        }
    }

    @Test
    void refusesAServiceOfWhichOnlyAPartIsAnswered() {
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                Server.at(Servers.ANY, Security.loopbackOnly())
                                        .exchange(Rpcs.SUBSCRIBE, exchange -> {})
                                        .start());
        assertTrue(String.valueOf(e.getMessage()).contains("stagedpipe.v1.Overseer"));
    }

    private static GroupRequest last() {
        return GroupRequest.newBuilder()
                .setCancel(CancelGroup.newBuilder().setReason("last"))
                .build();
    }
}
