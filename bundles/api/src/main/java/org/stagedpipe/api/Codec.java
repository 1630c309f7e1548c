package org.stagedpipe.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Turns the bytes of an item into its data and back. Used by many threads at once.
///
/// For a message `Order` that protobuf's compiler made:
///
/// ```java
/// public Optional<Codec<Order>> dataCodec() {
///     return Optional.of(new Codec<>() {
///         @Override public Order decode(InputStream in) throws IOException {
///             return Order.parseFrom(in);
///         }
///
///         @Override public void encode(Order order, OutputStream out) throws IOException {
///             order.writeTo(out);
///         }
///     });
/// }
/// ```
///
/// @param <T> the type of the data
public interface Codec<T> {

    /// Reads one value from all of the stream.
    ///
    /// @throws IOException if the bytes are not such a value; the text reaches the client
    T decode(InputStream in) throws IOException;

    /// Writes the value; the stream stays open.
    ///
    /// @throws IOException if the value has no such form; the text reaches the client
    void encode(T value, OutputStream out) throws IOException;

    /// The bytes as they are. A worker copies large ones neither for the plugin nor for the answer, as long as a stage does not
    /// make others.
    static Codec<Bytes> bytes() {
        return BytesCodec.INSTANCE;
    }
}
