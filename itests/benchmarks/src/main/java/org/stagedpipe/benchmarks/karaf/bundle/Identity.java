package org.stagedpipe.benchmarks.karaf.bundle;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

import java.util.function.UnaryOperator;

/// Offers a service that returns what it is given: the code that is updated.
public final class Identity implements BundleActivator {

    @Override
    public void start(BundleContext context) {
        context.registerService(UnaryOperator.class, UnaryOperator.identity(), null);
    }

    @Override
    public void stop(BundleContext context) {
        // the framework takes the service back
    }
}
