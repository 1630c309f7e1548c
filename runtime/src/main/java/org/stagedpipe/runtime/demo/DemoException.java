package org.stagedpipe.runtime.demo;

import java.io.IOException;

/// The demo could not be played to its end; the text is one line.
final class DemoException extends IOException {

    private static final long serialVersionUID = 1L;

    DemoException(String text) {
        super(text);
    }
}
