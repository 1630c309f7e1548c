package org.stagedpipe.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;

import org.junit.jupiter.api.Test;
import org.stagedpipe.protocol.v1.GroupRequest;
import org.stagedpipe.protocol.v1.Items;
import org.stagedpipe.protocol.v1.OpenGroup;
import org.stagedpipe.protocol.v1.OpenWork;
import org.stagedpipe.protocol.v1.WorkRequest;

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

    /// Or the id of a group, which is known for long after it, would keep all that the group was opened with.
    @Test
    void whatOpensAStreamIsNoView() {
        GroupRequest open =
                GroupRequest.newBuilder()
                        .setOpen(
                                OpenGroup.newBuilder()
                                        .setGroup(ByteString.copyFrom(new byte[16]))
                                        .setConfiguration(ByteString.copyFromUtf8("{}")))
                        .build();
        var stream = new Sized(open.toByteArray());
        GroupRequest read = MARSHALLER.parse(stream);
        Arrays.fill(stream.readInto, (byte) 'x');
        assertEquals(open, read);
        WorkRequest part =
                WorkRequest.newBuilder()
                        .setOpen(OpenWork.newBuilder().setGroup(open.getOpen().getGroup()))
                        .build();
        stream = new Sized(part.toByteArray());
        WorkRequest opened = Rpcs.RUN.method().getRequestMarshaller().parse(stream);
        Arrays.fill(stream.readInto, (byte) 'x');
        assertEquals(part, opened);
    }

    @Test
    void readsWhatDoesNotSayHowLongItIs() {
        assertEquals(message, MARSHALLER.parse(new ByteArrayInputStream(message.toByteArray())));
    }

    /// Else 4,096 messages of 1 MiB with an item of a byte each would count as 4 KiB in a window, and hold 4 GiB.
    @Test
    void whatAMessageHasBesideItsItemsIsNotKept() {
        GroupRequest padded =
                message.toBuilder()
                        .setUnknownFields(
                                UnknownFieldSet.newBuilder()
                                        .addField(
                                                99,
                                                UnknownFieldSet.Field.newBuilder()
                                                        .addLengthDelimited(
                                                                ByteString.copyFrom(
                                                                        new byte[1 << 20]))
                                                        .build())
                                        .build())
                        .build();
        assertKeepsNothingOf(new Sized(padded.toByteArray()));
        ByteString longer =
                GroupRequest.newBuilder()
                        .setItems(
                                Items.newBuilder().setBody(ByteString.copyFrom(new byte[1 << 20])))
                        .build()
                        .toByteString();
        assertKeepsNothingOf(new Sized(longer.concat(message.toByteString()).toByteArray()));
    }

    private void assertKeepsNothingOf(Sized stream) {
        GroupRequest read = MARSHALLER.parse(stream);
        assertEquals(message, read);
        Arrays.fill(stream.readInto, (byte) 'x');
        assertEquals("item", read.getItems().getBody().toStringUtf8());
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
