package org.stagedpipe.runtime.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleException;

import java.io.IOException;
import java.nio.file.Path;

/// What an operator reads of a container that does not start.
class StartExceptionTest {

    @Test
    void saysWhatItCameFromOnce() {
        IOException cause = new IOException("Unable to create archive directory.");
        assertEquals(
                "Unable to cache bundle: b.jar: Unable to create archive directory.",
                text(new BundleException("Unable to cache bundle: b.jar", cause), 1L << 30));
        String whole = "bundle b did not start: " + cause;
        assertEquals(whole, text(new BundleException(whole, cause), 1L << 30));
    }

    @Test
    void saysThatTheDiskIsFull() {
        assertEquals(
                "no log; /d: 4096 bytes are free on its disk",
                text(new IOException("no log"), 4096));
    }

    private static String text(Exception e, long freeBytes) {
        return StartException.of(e, Path.of("/d"), freeBytes).getMessage();
    }
}
