package org.stagedpipe.worker;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.stagedpipe.cluster.SettingsException;
import org.stagedpipe.transport.CallException;

import java.util.Map;
import java.util.function.BiConsumer;

/// The worker as a component: runs while it has a configuration.
@Component(
        name = WorkerSettings.PID,
        configurationPid = WorkerSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true,
        service = {})
public final class WorkerComponent {

    private final BiConsumer<String, String> startup;
    private final BundleContext context;
    private final Map<String, Object> properties;
    private @Nullable WorkerNode node;

    /// Called by Declarative Services.
    @Activate
    public WorkerComponent(
            BundleContext context,
            Map<String, Object> properties,
            @Reference(
                            target = "(stagedpipe.startup=true)",
                            cardinality = ReferenceCardinality.OPTIONAL)
                    @Nullable BiConsumer<String, String> startup) {
        this.context = context;
        this.properties = properties;
        this.startup = startup == null ? (state, text) -> {} : startup;
    }

    @Activate
    void open() throws CallException {
        try {
            Runtime runtime = Runtime.getRuntime();
            WorkerSettings settings =
                    WorkerSettings.read(
                            properties, runtime.availableProcessors(), runtime.maxMemory());
            WorkerNode opened = new WorkerNode(settings, context);
            opened.open();
            node = opened;
            startup.accept(
                    "ready", "worker " + settings.node().name() + " on " + opened.endpoint());
        } catch (SettingsException | CallException e) {
            startup.accept("failed", e.getMessage());
            throw e;
        }
    }

    @Deactivate
    void close() {
        WorkerNode open = node;
        if (open != null) {
            open.close();
        }
    }
}
