package org.stagedpipe.benchmarks.dataplane.plugin;

import org.osgi.service.component.annotations.Component;
import org.stagedpipe.api.Plugin;
import org.stagedpipe.api.PluginName;
import org.stagedpipe.api.Stage;
import org.stagedpipe.api.StateMachine;

/// Reads each item as JSON and writes it again.
@Component(service = Plugin.class)
@PluginName("json")
public final class JsonIdentity implements Plugin<Reading, Void, String> {

    private final Stage<Reading, String> pass = stage("pass", request -> end());

    @Override
    public StateMachine<Reading, String> stateMachine() {
        return StateMachine.of(pass);
    }

    @Override
    public String open(Void configuration) {
        return "";
    }
}
