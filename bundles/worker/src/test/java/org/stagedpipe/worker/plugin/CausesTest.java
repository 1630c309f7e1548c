package org.stagedpipe.worker.plugin;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.BundleException;

class CausesTest {

    @Test
    void theFirstOneIsFound() {
        Throwable inner = new IllegalStateException("inner");
        Throwable outer = new IllegalStateException("outer", new Exception(inner));
        assertSame(outer, Causes.find(outer, IllegalStateException.class::isInstance));
        assertNull(Causes.find(outer, Error.class::isInstance));
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aRingHasAnEnd() {
        BundleException one = new BundleException("one");
        one.initCause(new Exception("other", one));
        assertFalse(PluginException.notInstalled("plug", one).isRetryable());
    }
}
