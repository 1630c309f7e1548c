package org.stagedpipe.worker.plugin;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Hooks;

import java.io.IOException;
import java.util.Objects;

/// Decodes each item before its first stage and encodes it after its last one, on the pipeline's thread.
final class ItemHooks<D, R> implements Hooks<D, R> {

    /// A view keeps the message that the item came with, at most 256 KiB and what it has of others. Smaller items could keep many times
    /// of what is reserved for them.
    private static final int WORTH_A_VIEW_BYTES = 16 << 10;

    private final Plugin<D, ?, R> plugin;
    private final Codec<D> codec;
    private final boolean lends;
    private final ThreadLocal<Scratch> scratches = ThreadLocal.withInitial(Scratch::new);

    /// @param lends whether the codec is the plugin's own, which may keep what it is given
    ItemHooks(Plugin<D, ?, R> plugin, Codec<D> codec, boolean lends) {
        this.plugin = plugin;
        this.codec = codec;
        this.lends = lends;
    }

    @Override
    public void enter(AttachedRequest<D, R> request) throws Exception {
        request.data(decode(item(request).take()));
        plugin.setup(request);
    }

    @SuppressWarnings("unchecked") // of that codec D is Bytes
    private D decode(ByteString bytes) throws FaultException {
        if (codec == Codec.bytes()) {
            boolean view = bytes.size() >= WORTH_A_VIEW_BYTES;
            return (D)
                    new ItemBytes(
                            view ? bytes : UnsafeByteOperations.unsafeWrap(bytes.toByteArray()));
        }
        try {
            return codec.decode(new ItemInput(bytes));
        } catch (IOException e) {
            throw badData(e.getMessage() == null ? Texts.whole(e) : e.getMessage());
        } catch (RuntimeException | StackOverflowError e) {
            throw badData(
                    Texts.whole(e)); // a codec of the plugin's own; the item is what it fails at
        }
    }

    private static FaultException badData(String text) {
        return new FaultException(Fault.Kind.BAD_DATA, text.isBlank() ? "unreadable" : text, false);
    }

    @Override
    public void leave(AttachedRequest<D, R> request) throws Exception {
        ByteString result = encode(request.data());
        forget(request);
        item(request).result(result);
    }

    private ByteString encode(D data) throws FaultException {
        if (data instanceof ItemBytes same && codec == Codec.bytes()) {
            return same.bytes();
        }
        Scratch out = scratches.get(); // of the pipeline's thread, and ends with it
        try {
            if (lends) {
                encodeLent(data, out);
            } else {
                codec.encode(data, out);
            }
            return out.bytes();
        } catch (IOException e) {
            String text = e.getMessage() == null ? Texts.whole(e) : e.getMessage();
            throw new FaultException(
                    Fault.Kind.BAD_RESULT, text.isBlank() ? "not encodable" : text, false);
        } finally {
            out.forget();
        }
    }

    private void encodeLent(D data, Scratch out) throws IOException {
        try (LentScratch lent = new LentScratch(out)) {
            codec.encode(data, lent);
        }
    }

    /// The engine keeps a request until it is answered; the memory of its data is given back here.
    @SuppressWarnings("NullAway") // nobody reads it any more
    private static <D, R> void forget(AttachedRequest<D, R> request) {
        request.data(null);
    }

    private static Item item(AttachedRequest<?, ?> request) {
        return (Item) Objects.requireNonNull(request.attachment(), "attachment");
    }
}
