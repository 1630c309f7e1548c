package org.stagedpipe.coordinator;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.node.Startup;

import java.util.Map;
import java.util.function.BiConsumer;

/// The coordinator of a container that has a configuration for one.
@Component(
        name = CoordinatorSettings.PID,
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class CoordinatorComponent {

    private final Map<String, Object> properties;
    private final String version;
    private final Startup startup;
    private @Nullable Coordinator coordinator;

    /// Called by the container.
    ///
    /// @param startup where a launcher listens, null without one
    @Activate
    public CoordinatorComponent(
            Map<String, Object> properties,
            BundleContext bundle,
            @Reference(
                            target = "(stagedpipe.startup=true)",
                            cardinality = ReferenceCardinality.OPTIONAL)
                    @Nullable BiConsumer<String, String> startup) {
        this.properties = properties;
        this.version = bundle.getBundle().getVersion().toString();
        this.startup = new Startup(startup);
    }

    /// Called by the container.
    ///
    /// @throws CallException if the port is in use
    @Activate
    void open() throws CallException {
        try {
            CoordinatorSettings settings = CoordinatorSettings.read(properties);
            Coordinator opening = new Coordinator(settings, version);
            coordinator = opening;
            Endpoint endpoint = opening.open();
            startup.ready("coordinator " + settings.node().name() + " on " + endpoint, version);
        } catch (Exception | LinkageError e) {
            close();
            startup.failed(e);
            throw e;
        }
    }

    /// Called by the container.
    @Deactivate
    void close() {
        if (coordinator != null) {
            coordinator.close();
        }
    }
}
