package org.stagedpipe.transport;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Predicate;

/// Reads messages whose bytes fields are views of the message as it came: the bytes of items are copied once, out of the
/// transport, and never again. Writes as the generated marshaller does.
///
/// A message keeps all of its bytes for as long as one of its views is used. So one that has more of them than its fields have is
/// copied: whoever counts what fields hold would hold much more than that. So is what opens a stream, whose short fields outlive it, as names of what
/// was there, and whose long ones do not. Fields of which nobody knows here are left out.
final class AliasingMarshaller<T extends Message> implements MethodDescriptor.Marshaller<T> {

    private final MethodDescriptor.Marshaller<T> generated;
    private final Parser<T> parser;
    private final Predicate<T> opens;

    private AliasingMarshaller(
            MethodDescriptor.Marshaller<T> generated, Parser<T> parser, Predicate<T> opens) {
        this.generated = generated;
        this.opens = opens;
        this.parser = DiscardUnknownFieldsParser.wrap(parser);
    }

    /// A method that reads so on both sides.
    ///
    /// @param opens whether a request opens the stream
    static <I extends Message, O extends Message> MethodDescriptor<I, O> method(
            MethodDescriptor<I, O> generated,
            Parser<I> requests,
            Parser<O> responses,
            Predicate<I> opens) {
        return generated.toBuilder(
                        new AliasingMarshaller<>(generated.getRequestMarshaller(), requests, opens),
                        new AliasingMarshaller<>(
                                generated.getResponseMarshaller(), responses, _ -> false))
                .build();
    }

    /// The service of that method, which has no other one: a server wants to find the same object in both.
    static ServiceDescriptor service(
            ServiceDescriptor generated, MethodDescriptor<?, ?> onlyMethod) {
        if (generated.getMethods().size() != 1) {
            throw new IllegalArgumentException(
                    generated.getName()
                            + ": "
                            + generated.getMethods().size()
                            + " methods (expected: 1)");
        }
        return ServiceDescriptor.newBuilder(generated.getName())
                .setSchemaDescriptor(generated.getSchemaDescriptor())
                .addMethod(onlyMethod)
                .build();
    }

    @Override
    public InputStream stream(T message) {
        return generated.stream(message);
    }

    @Override
    public T parse(InputStream stream) {
        try {
            byte[] bytes = bytes(stream);
            T message = parse(bytes, true); // nobody else has these bytes
            boolean isView = message.getSerializedSize() == bytes.length && !opens.test(message);
            return isView ? message : parse(bytes, false);
        } catch (InvalidProtocolBufferException e) {
            throw Status.INTERNAL
                    .withDescription("not a message: " + e.getMessage())
                    .withCause(e)
                    .asRuntimeException();
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("a message that cannot be read: " + e.getMessage())
                    .withCause(e)
                    .asRuntimeException();
        }
    }

    private T parse(byte[] bytes, boolean isAliasing) throws IOException {
        CodedInputStream coded = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
        coded.enableAliasing(isAliasing);
        T message = parser.parseFrom(coded);
        coded.checkLastTagWas(0);
        return message;
    }

    private static byte[] bytes(InputStream stream) throws IOException {
        if (!(stream instanceof KnownLength)) {
            return stream.readAllBytes(); // compressed
        }
        byte[] bytes = new byte[stream.available()];
        int read = stream.readNBytes(bytes, 0, bytes.length);
        if (read != bytes.length) {
            throw new IOException(read + " bytes (expected: " + bytes.length + ")");
        }
        return bytes;
    }
}
