package org.stagedpipe.benchmarks.dataplane;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;

/// Frames that nobody looks into.
final class Frames {

    private static final String SERVICE = "stagedpipe.benchmarks.Frames";

    static final MethodDescriptor<byte[], byte[]> PROCESS =
            MethodDescriptor.<byte[], byte[]>newBuilder()
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Process"))
                    .setRequestMarshaller(new Bytes())
                    .setResponseMarshaller(new Bytes())
                    .build();

    private Frames() {}

    /// The service, with what it does with a stream.
    static BindableService service(UnaryOperator<StreamObserver<byte[]>> process) {
        return () ->
                ServerServiceDefinition.builder(SERVICE)
                        .addMethod(PROCESS, ServerCalls.asyncBidiStreamingCall(process::apply))
                        .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                byte[] all = new byte[stream.available()]; // gRPC knows the message's length
                stream.readNBytes(all, 0, all.length);
                return all;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
