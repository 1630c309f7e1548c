package org.stagedpipe.transport;

import io.grpc.Status;

import org.stagedpipe.transport.CallException.Kind;

import java.net.ConnectException;
import java.net.UnknownHostException;

/// The one table between our kinds of failure and gRPC's status codes.
final class Statuses {

    /// Descriptions travel in a header, and peers bound the size of all headers together.
    private static final int MAX_TEXT = 4_096;

    private Statuses() {}

    static Status of(CallException exception) {
        String text = exception.getMessage();
        return code(exception.kind())
                .toStatus()
                .withDescription(
                        text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…");
    }

    static CallException exception(Status status) {
        String text = status.getDescription();
        Throwable cause = status.getCause();
        if (cause instanceof ConnectException || cause instanceof UnknownHostException) {
            text = cause.getMessage(); // names the address, the description does not
        }
        String message = text == null || text.isBlank() ? status.getCode().name() : text;
        Kind kind = kind(status.getCode());
        return cause == null
                ? new CallException(kind, message)
                : new CallException(kind, message, cause);
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
