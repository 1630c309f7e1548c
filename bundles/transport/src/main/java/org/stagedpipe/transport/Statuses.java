package org.stagedpipe.transport;

import io.grpc.Metadata;
import io.grpc.Status;

import org.stagedpipe.transport.CallException.Kind;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;

/// The one table between our kinds of failure and gRPC's status codes.
final class Statuses {

    /// Descriptions travel in a header, and peers bound the size of all headers together, 8 KiB as a rule.
    private static final int MAX_ENCODED_BYTES = 6_144;

    /// Tells what the callee said from what this side's transport made up.
    private static final Metadata.Key<String> SAID =
            Metadata.Key.of("stagedpipe-said", Metadata.ASCII_STRING_MARSHALLER);

    private Statuses() {}

    /// What goes with a status that the callee chose.
    static Metadata said() {
        Metadata trailers = new Metadata();
        trailers.put(SAID, "1");
        return trailers;
    }

    static Status of(CallException exception) {
        return code(exception.kind()).toStatus().withDescription(bounded(exception.getMessage()));
    }

    /// The text, cut where its header would become too large: gRPC writes each byte that is not printable ASCII as `%XX`.
    private static String bounded(String text) {
        int encoded = 0;
        int end = 0;
        while (end < text.length()) {
            int character = text.codePointAt(end);
            encoded += encodedBytes(character);
            if (encoded > MAX_ENCODED_BYTES) {
                return text.substring(0, end) + "…";
            }
            end += Character.charCount(character);
        }
        return text;
    }

    private static int encodedBytes(int character) {
        if (character >= ' ' && character <= '~' && character != '%') {
            return 1;
        }
        return character < 0x80 ? 3 : character < 0x800 ? 6 : character < 0x10000 ? 9 : 12;
    }

    /// What ended a call to that peer, other than this side's giving it up.
    static CallException exception(Status status, Metadata trailers, Endpoint peer) {
        Kind kind = kind(status.getCode());
        Throwable cause = status.getCause();
        String text = status.getDescription();
        if (text == null || text.isBlank()) {
            text = status.getCode().name();
        }
        if (trailers.containsKey(SAID)) {
            return CallException.answer(kind, text);
        }
        if (kind == Kind.INTERNAL && cause instanceof ClosedChannelException) {
            // it began as the connection ended
            return new CallException(Kind.UNREACHABLE, peer + ": the connection has ended", cause);
        }
        if (kind == Kind.CANCELLED && cause != null) {
            // this side's gRPC, which could not read what came
            kind = Kind.INTERNAL;
            text = "internal error: " + reason(cause);
        } else if (kind == Kind.CANCELLED) {
            // nobody here gave it up: the server stops and drops its calls
            kind = Kind.UNREACHABLE;
            text = "the server dropped the call";
        }
        text =
                switch (kind) {
                    case UNREACHABLE -> peer + ": " + (cause == null ? text : reason(cause));
                    case TIMED_OUT -> peer + ": no answer in time";
                    default -> text;
                };
        return cause == null ? new CallException(kind, text) : new CallException(kind, text, cause);
    }

    /// The innermost text, on one line, without the address that Netty adds in a notation of its own.
    private static String reason(Throwable cause) {
        Throwable inner = cause;
        while (inner.getCause() != null && inner.getCause().getMessage() != null) {
            inner = inner.getCause();
        }
        if (inner instanceof UnknownHostException) {
            return "the host has no address";
        }
        String text = inner.getMessage() == null ? inner.toString() : inner.getMessage();
        if (inner instanceof ConnectException) {
            text = text.replaceFirst(": [^ ]*/[^ ]*$", "");
        }
        return text.lines().findFirst().orElse(text);
    }

    static Status.Code code(Kind kind) {
        return switch (kind) {
            case INVALID -> Status.Code.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case EXISTS -> Status.Code.ALREADY_EXISTS;
            case REFUSED -> Status.Code.FAILED_PRECONDITION;
            case NOT_PERMITTED -> Status.Code.PERMISSION_DENIED;
            case BUSY -> Status.Code.RESOURCE_EXHAUSTED;
            case UNREACHABLE -> Status.Code.UNAVAILABLE;
            case TIMED_OUT -> Status.Code.DEADLINE_EXCEEDED;
            case CANCELLED -> Status.Code.CANCELLED;
            case CONFLICT -> Status.Code.ABORTED;
            case INTERNAL -> Status.Code.INTERNAL;
        };
    }

    static Kind kind(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, OUT_OF_RANGE -> Kind.INVALID;
            case NOT_FOUND, UNIMPLEMENTED -> Kind.NOT_FOUND;
            case ALREADY_EXISTS -> Kind.EXISTS;
            case FAILED_PRECONDITION -> Kind.REFUSED;
            case PERMISSION_DENIED, UNAUTHENTICATED -> Kind.NOT_PERMITTED;
            case RESOURCE_EXHAUSTED -> Kind.BUSY;
            case UNAVAILABLE -> Kind.UNREACHABLE;
            case DEADLINE_EXCEEDED -> Kind.TIMED_OUT;
            case CANCELLED -> Kind.CANCELLED;
            case ABORTED -> Kind.CONFLICT;
            case OK, UNKNOWN, INTERNAL, DATA_LOSS -> Kind.INTERNAL;
        };
    }
}
