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

    @Override
    public void enter(AttachedRequest<D, R> request) throws Exception {
        try {
            request.data(codec.decode(new ByteArrayInputStream(bytes(request))));
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
        request.attachment(out.toByteArray());
    }

    /// The item before its first stage, the result after its last one.
    static byte[] bytes(AttachedRequest<?, ?> request) {
        return (byte[]) Objects.requireNonNull(request.attachment(), "attachment");
    }

    private static String text(Exception e) {
        String text = e.getMessage();
        return text == null || text.isBlank() ? e.getClass().getSimpleName() : text;
    }
}
