package org.stagedpipe.runtime.run;

import org.stagedpipe.api.Codec;
import org.stagedpipe.api.Fault;
import org.stagedpipe.api.FaultException;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.engine.AttachedRequest;
import org.stagedpipe.engine.Hooks;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;

/// Decodes each item before its first stage and encodes it after its last one, as a worker does.
record LocalHooks<D, R>(Plugin<D, ?, R> plugin, Codec<D> codec) implements Hooks<D, R> {

    /// What a request has attached.
    ///
    /// @param room that it takes of the group's, by its line
    /// @param bytes of the line before the first stage, of the result after the last one
    record Item(int room, byte[] bytes) {}

    @Override
    public void enter(AttachedRequest<D, R> request) throws Exception {
        try {
            request.data(codec.decode(new ByteArrayInputStream(item(request).bytes())));
        } catch (IOException | RuntimeException e) {
            throw new FaultException(Fault.Kind.BAD_DATA, text(e), false);
        }
        plugin.setup(request);
    }

    @Override
    public void leave(AttachedRequest<D, R> request) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            codec.encode(request.data(), out);
        } catch (IOException e) {
            throw new FaultException(Fault.Kind.BAD_RESULT, text(e), false);
        }
        request.attachment(new Item(item(request).room(), out.toByteArray()));
    }

    static Item item(AttachedRequest<?, ?> request) {
        return (Item) Objects.requireNonNull(request.attachment(), "attachment");
    }

    private static String text(Exception e) {
        String text = e.getMessage();
        return text == null || text.isBlank() ? e.getClass().getSimpleName() : text;
    }
}
