package org.stagedpipe.overseer;

import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.stagedpipe.cluster.ensemble.Ensembles;
import org.stagedpipe.transport.CallException;
import org.stagedpipe.transport.Endpoint;
import org.stagedpipe.transport.node.LocalOverseer;
import org.stagedpipe.transport.node.Startup;

import java.util.Map;
import java.util.function.BiConsumer;

/// The overseer as a component: configuration in, an open [Overseer] out. Tells the launcher how it went.
@Component(
        name = OverseerSettings.PID,
        service = LocalOverseer.class,
        immediate = true,
        configurationPid = OverseerSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class OverseerComponent implements LocalOverseer {

    private final Overseer overseer;

    /// Opens the overseer.
    ///
    /// @throws CallException if it cannot listen or use its data
    @Activate
    public OverseerComponent(
            BundleContext context,
            Map<String, Object> properties,
            @Reference Ensembles ensembles,
            @Reference(
                            target = "(stagedpipe.startup=true)",
                            cardinality = ReferenceCardinality.OPTIONAL)
                    @Nullable BiConsumer<String, String> startup)
            throws CallException {
        Startup launcher = new Startup(startup);
        String version = context.getBundle().getVersion().toString();
        try {
            overseer =
                    Overseer.open(
                            OverseerSettings.read(properties),
                            version,
                            ensembles,
                            launcher::recycle);
        } catch (Exception | LinkageError e) {
            launcher.failed(e);
            throw e;
        }
        launcher.ready(overseer.toString(), version);
    }

    @Override
    public String name() {
        return overseer.name();
    }

    @Override
    public Endpoint endpoint() {
        return overseer.nodesAt();
    }

    @Override
    public boolean isMutual() {
        return overseer.isMutual();
    }

    /// Closes it.
    @Deactivate
    public void close() {
        overseer.close();
    }
}
