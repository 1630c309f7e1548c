package org.stagedpipe.console.shell;

import org.apache.felix.service.command.CommandProcessor;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.stagedpipe.transport.node.LocalOverseer;
import org.stagedpipe.transport.node.Startup;

import java.io.IOException;
import java.util.Map;
import java.util.function.BiConsumer;

/// The console as a component: configuration, overseer and Gogo in, an open [OverseerConsole] out. Tells the launcher how
/// it went.
@Component(
        name = ConsoleSettings.PID,
        service = {},
        configurationPid = ConsoleSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class ConsoleComponent {

    private final OverseerConsole console;

    /// Opens the console.
    ///
    /// @throws IOException if it cannot listen or use its folder
    @Activate
    public ConsoleComponent(
            BundleContext context,
            Map<String, Object> properties,
            @Reference LocalOverseer overseer,
            @Reference CommandProcessor gogo,
            @Reference(
                            target = "(stagedpipe.startup=true)",
                            cardinality = ReferenceCardinality.OPTIONAL)
                    @Nullable BiConsumer<String, String> startup)
            throws IOException {
        Startup launcher = new Startup(startup);
        try {
            ConsoleSettings settings = ConsoleSettings.read(properties);
            console = OverseerConsole.open(settings, overseer, gogo, new Whiteboard(context));
        } catch (Exception | LinkageError e) {
            launcher.failed(e);
            throw e;
        }
        launcher.ready(console.toString(), context.getBundle().getVersion().toString());
    }

    /// Closes it.
    @Deactivate
    public void close() {
        console.close();
    }
}
