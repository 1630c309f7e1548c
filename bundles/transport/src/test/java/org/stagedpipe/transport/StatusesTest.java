package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.Status;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.stagedpipe.transport.CallException.Kind;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.EnumSet;
import java.util.Set;

class StatusesTest {

    private static final Endpoint PEER = new Endpoint("c1", 9410);

    @ParameterizedTest
    @EnumSource(Kind.class)
    void carriesEachKindBothWaysWithItsText(Kind kind) {
        Status status = Statuses.of(new CallException(kind, "the text"));

        assertNotEquals(Status.Code.OK, status.getCode());
        CallException back = Statuses.exception(status, Statuses.said(), PEER);
        assertEquals(kind, back.kind());
        assertEquals("the text", back.getMessage());
    }

    @Test
    void givesEachKindACodeOfItsOwn() {
        Set<Status.Code> codes = EnumSet.noneOf(Status.Code.class);
        for (Kind kind : Kind.values()) {
            assertTrue(codes.add(Statuses.code(kind)), () -> kind + " shares its code");
        }
    }

    /// As gRPC says it of a call that begins while its connection ends.
    @Test
    void aConnectionThatEndsIsNoBug() {
        Status status =
                Status.UNKNOWN
                        .withDescription("channel closed")
                        .withCause(new ClosedChannelException());
        CallException failure = Statuses.exception(status, new Metadata(), PEER);
        assertEquals(Kind.UNREACHABLE, failure.kind());
        assertEquals("c1:9410: the connection has ended", failure.getMessage());
        assertFalse(failure.isAnswer());
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_ARGUMENT, INVALID",
        "OUT_OF_RANGE, INVALID",
        "NOT_FOUND, NOT_FOUND",
        "UNIMPLEMENTED, NOT_FOUND",
        "ALREADY_EXISTS, EXISTS",
        "FAILED_PRECONDITION, REFUSED",
        "PERMISSION_DENIED, NOT_PERMITTED",
        "UNAUTHENTICATED, NOT_PERMITTED",
        "RESOURCE_EXHAUSTED, BUSY",
        "UNAVAILABLE, UNREACHABLE",
        "DEADLINE_EXCEEDED, TIMED_OUT",
        "CANCELLED, CANCELLED",
        "ABORTED, CONFLICT",
        "UNKNOWN, INTERNAL",
        "INTERNAL, INTERNAL",
        "DATA_LOSS, INTERNAL"
    })
    void readsEveryCodeOfOtherPeers(Status.Code code, Kind kind) {
        assertEquals(kind, Statuses.kind(code));
    }

    @Test
    void namesThePeerWhereTheTransportEndedTheCall() {
        assertEquals(
                "c1:9410: Connection refused",
                made(
                        Status.UNAVAILABLE
                                .withDescription("io exception")
                                .withCause(
                                        new ConnectException(
                                                "Connection refused: c1/10.1.1.1:9410"))));
        assertEquals(
                "c1:9410: the host has no address",
                made(
                        Status.UNAVAILABLE
                                .withDescription("Unable to resolve host c1")
                                .withCause(new RuntimeException(new UnknownHostException("c1")))));
        assertEquals(
                "c1:9410: Network closed for unknown reason",
                made(Status.UNAVAILABLE.withDescription("Network closed for unknown reason")));
        assertEquals("c1:9410: UNAVAILABLE", made(Status.UNAVAILABLE));
        assertEquals("c1:9410: no answer in time", made(Status.DEADLINE_EXCEEDED));
    }

    @Test
    void tellsACallThatThisSideCouldNotReadFromOneThatTheServerDropped() {
        Status dropped = Status.CANCELLED.withDescription("HTTP/2 error code: CANCEL");
        CallException unread = exception(dropped.withCause(new OutOfMemoryError("heap")));

        assertEquals(Kind.UNREACHABLE, exception(dropped).kind());
        assertEquals("c1:9410: the server dropped the call", made(dropped));
        assertEquals(Kind.INTERNAL, unread.kind());
        assertEquals("internal error: heap", unread.getMessage());
    }

    @Test
    void cutsATextThatWouldNotFitIntoAHeader() {
        String ascii =
                Statuses.of(new CallException(Kind.INVALID, "x".repeat(6_144))).getDescription();
        String long7bit =
                Statuses.of(new CallException(Kind.INVALID, "x".repeat(6_145))).getDescription();
        String umlauts =
                Statuses.of(new CallException(Kind.INVALID, "ü".repeat(9_000))).getDescription();
        String emojis =
                Statuses.of(new CallException(Kind.INVALID, "😀".repeat(9_000))).getDescription();

        assertEquals("x".repeat(6_144), ascii);
        assertEquals("x".repeat(6_144) + "…", long7bit);
        assertEquals("ü".repeat(1_024) + "…", umlauts);
        assertEquals("😀".repeat(512) + "…", emojis);
    }

    private static String made(Status status) {
        return exception(status).getMessage();
    }

    private static CallException exception(Status status) {
        return Statuses.exception(status, new Metadata(), PEER);
    }
}
