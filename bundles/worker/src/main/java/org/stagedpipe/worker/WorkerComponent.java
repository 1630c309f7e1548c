package org.stagedpipe.worker;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.jdbc.DataSourceFactory;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.node.Startup;
import org.stagedpipe.worker.memory.Guard;

import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.function.BiConsumer;

/// The worker as a component: runs while it has a configuration.
@Component(
        name = WorkerSettings.PID,
        configurationPid = WorkerSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true,
        service = {})
public final class WorkerComponent {

    private final Startup startup;
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
        this.startup = new Startup(startup);
    }

    /// A database driver that plugins share. It is used here once, before any plugin: what it makes when its classes are
    /// initialised (H2: exceptions with the stack of that moment) would keep that plugin's classes for ever.
    ///
    /// @throws SQLException if it makes no data source
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            unbind = "forget")
    void driver(DataSourceFactory driver) throws SQLException {
        driver.createDataSource(new Properties());
    }

    /// Nothing is kept of a driver.
    void forget(DataSourceFactory driver) {}

    @Activate
    void open() throws CallException {
        try {
            Runtime runtime = Runtime.getRuntime();
            WorkerSettings settings =
                    WorkerSettings.read(
                            properties,
                            runtime.availableProcessors(),
                            new WorkerSettings.Heap(runtime.maxMemory(), Guard.liveBytes()));
            WorkerNode opened = new WorkerNode(settings, context, startup::recycle);
            opened.open();
            node = opened;
            startup.ready(
                    "worker " + settings.node().name() + " on " + opened.endpoint(),
                    Platform.version(context));
        } catch (Exception | LinkageError e) {
            startup.failed(e);
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
