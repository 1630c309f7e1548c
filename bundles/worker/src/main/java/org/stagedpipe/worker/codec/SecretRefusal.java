package org.stagedpipe.worker.codec;

import com.fasterxml.jackson.databind.JsonMappingException;

import java.io.Closeable;

/// A secret that is not read, or not written; the text has nothing of it.
final class SecretRefusal extends JsonMappingException {

    private static final long serialVersionUID = 1L;

    /// @param where the parser or the generator
    SecretRefusal(Closeable where, String text) {
        super(where, text);
    }
}
