package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;

import java.io.ByteArrayInputStream;
import java.util.Arrays;

class AliasingMarshallerTest {

    private static final MethodDescriptor.Marshaller<GroupRequest> MARSHALLER =
            Rpcs.PROCESS.method().getRequestMarshaller();

    private final GroupRequest message =
            GroupRequest.newBuilder()
                    .setItems(
                            Items.newBuilder()
                                    .addSequences(7)
                                    .addSizes(4)
                                    .setBody(ByteString.copyFromUtf8("item")))
                    .build();

    @Test
    void anItemIsAViewOfTheOneArrayThatItsMessageWasReadInto() {
        var stream = new Sized(message.toByteArray());
        GroupRequest read = MARSHALLER.parse(stream);
        assertEquals(message, read);

        Arrays.fill(stream.readInto, (byte) 'x');
        assertEquals("xxxx", read.getItems().getBody().toStringUtf8());
    }

    @Test
    void readsWhatDoesNotSayHowLongItIs() {
        assertEquals(message, MARSHALLER.parse(new ByteArrayInputStream(message.toByteArray())));
    }

    @Test
    void refusesWhatIsNoMessageAndWhatEndsEarly() {
        byte[] bytes = message.toByteArray();
        byte[] half = Arrays.copyOf(bytes, bytes.length - 1);
        assertThrows(StatusRuntimeException.class, () -> MARSHALLER.parse(new Sized(half)));
    }

    /// A message in the transport, which keeps the array that it was asked to fill.
    private static final class Sized extends ByteArrayInputStream implements KnownLength {

        private byte[] readInto = {};

        Sized(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int readNBytes(byte[] into, int offset, int length) {
            readInto = into;
            return super.readNBytes(into, offset, length);
        }
    }
}
