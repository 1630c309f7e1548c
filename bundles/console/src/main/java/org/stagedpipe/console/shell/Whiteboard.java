package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Offers commands to Gogo, as services with the properties that it looks for. Takes them back when it is closed.
final class Whiteboard implements AutoCloseable {

    private final BundleContext context;
    private final List<ServiceRegistration<Function>> offered = new ArrayList<>();

    Whiteboard(BundleContext context) {
        this.context = context;
    }

    void offer(String scope, String name, Function command) {
        offered.add(
                context.registerService(
                        Function.class,
                        command,
                        FrameworkUtil.asDictionary(
                                Map.of(
                                        CommandProcessor.COMMAND_SCOPE,
                                        scope,
                                        CommandProcessor.COMMAND_FUNCTION,
                                        name))));
    }

    @Override
    public void close() {
        offered.forEach(ServiceRegistration::unregister);
        offered.clear();
    }
}
